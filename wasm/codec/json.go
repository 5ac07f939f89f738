package codec

import (
	"bytes"
	"encoding/json"
)

var (
	// JSON decodes one JSON value with the rules of [json.Unmarshal]: the
	// value, and the error if there is one, are those json.Unmarshal gives.
	// So fields of an object that the Go type does not have are accepted, and
	// anything but white space after the value is an error. It is fast where v
	// points to a zero value of a type that it can compile: see the package
	// comment.
	JSON Codec = jsonCodec{}

	// StrictJSON is [JSON], except that a field which the Go type does not
	// have is an error.
	StrictJSON Codec = strictCodec{}
)

type (
	jsonCodec   struct{}
	strictCodec struct{}
)

func (jsonCodec) Decode(data []byte, v any) error {
	if decodeCompiled(data, v, false) {
		return nil
	}
	return json.Unmarshal(data, v)
}

func (strictCodec) Decode(data []byte, v any) error {
	if decodeCompiled(data, v, true) {
		return nil
	}
	return unmarshalStrict(data, v)
}

// For returns a function that decodes as the codec does, into values of one type
// that are zero; what it gives for others is not defined. With JSON and StrictJSON
// it spares each message what is the same for all of that type: which decoder it
// is, and whether the value is zero, which takes a tenth of the time of a small
// event.
func For[T any](c Codec) func(data []byte, zero *T) error {
	strict := false
	switch c.(type) {
	case jsonCodec:
	case strictCodec:
		strict = true
	default:
		return func(data []byte, zero *T) error { return c.Decode(data, zero) }
	}
	p := programOf[T]()
	return func(data []byte, zero *T) error {
		if p.decode(data, addressIn(zero), strict) {
			return nil
		}
		if strict {
			return unmarshalStrict(data, zero)
		}
		return json.Unmarshal(data, zero)
	}
}

// programOf returns the program for values of type T.
func programOf[T any]() *program {
	var v any = (*T)(nil)
	key, _ := parts(v)
	return programFor(key, v)
}

func unmarshalStrict(data []byte, v any) error {
	if !json.Valid(data) {
		return json.Unmarshal(data, v) // a Decoder reads a stream: it would neither look behind the value nor say the same
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}
