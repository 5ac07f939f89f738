package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

var (
	// JSON decodes one JSON value with the rules of [json.Unmarshal]:
	// fields of an object that the Go type does not have are accepted, and
	// anything but white space after the value is an error.
	JSON Codec = Func(json.Unmarshal)

	// StrictJSON is [JSON], except that a field which the Go type does not
	// have is an error.
	StrictJSON Codec = Func(decodeStrict)
)

// errTrailing is what StrictJSON says where JSON's own error names the
// character.
var errTrailing = errors.New("codec: data goes on after the JSON value")

func decodeStrict(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errTrailing
	}
	return nil
}
