package codec

import (
	"bytes"
	"encoding/json"
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

func decodeStrict(data []byte, v any) error {
	if !json.Valid(data) {
		return json.Unmarshal(data, v) // a Decoder reads a stream: it would neither look behind the value nor say the same
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}
