package codec

import (
	"encoding"
	"fmt"
	"reflect"
)

var (
	// Text takes the data as it is, for values whose type is a string type or
	// one whose pointer implements [encoding.TextUnmarshaler], such as
	// [time.Time]. For any other type each message is an error that names it.
	Text Codec = textCodec{}

	// Bytes takes a copy of the data as it is, for values whose type is a
	// slice of bytes. For any other type each message is an error that names
	// it. An event stream is UTF-8: the bytes always are.
	Bytes Codec = bytesCodec{}
)

type (
	textCodec  struct{}
	bytesCodec struct{}
)

func (textCodec) Decode(data []byte, v any) error {
	switch v := v.(type) {
	case *string:
		*v = string(data)
		return nil
	case encoding.TextUnmarshaler:
		return v.UnmarshalText(data)
	}
	value := reflect.ValueOf(v)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.String {
		return fmt.Errorf("codec: text cannot be decoded into a %T, only into a string or a TextUnmarshaler", v)
	}
	value.Elem().SetString(string(data))
	return nil
}

func (bytesCodec) Decode(data []byte, v any) error {
	value := reflect.ValueOf(v)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Slice ||
		value.Elem().Type().Elem().Kind() != reflect.Uint8 {
		return fmt.Errorf("codec: bytes cannot be decoded into a %T, only into a slice of bytes", v)
	}
	value.Elem().SetBytes(append([]byte{}, data...))
	return nil
}
