//go:build js && wasm

package jsbridge

import (
	"strings"
	"unicode/utf8"

	"github.com/hack-pad/safejs"
)

// headerList writes headers as the constructor of Headers takes them.
func headerList(header [][2]string) []any {
	list := make([]any, len(header))
	for i, field := range header {
		list[i] = []any{toByteString(field[0]), toByteString(field[1])}
	}
	return list
}

// toByteString returns the string that Web IDL calls a ByteString for the bytes
// of s: one code unit below 256 for each. JavaScript's Headers send these
// units as bytes and throw at larger ones.
func toByteString(s string) string {
	if isASCII(s) {
		return s
	}
	units := make([]rune, len(s))
	for i := range len(s) {
		units[i] = rune(s[i])
	}
	return string(units)
}

// fromByteString is the inverse of toByteString.
func fromByteString(s string) string {
	if isASCII(s) {
		return s
	}
	bytes := make([]byte, 0, len(s))
	for _, unit := range s {
		bytes = append(bytes, byte(unit))
	}
	return string(bytes)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// readHeaders returns the headers of a response, which cross as one string:
// neither a name nor a value can hold a line feed.
func readHeaders(response safejs.Value) ([][2]string, error) {
	text, err := joinHeaders(response)
	if err != nil || text == "" {
		return nil, fromThrown(err)
	}
	parts := strings.Split(fromByteString(text), "\n")
	headers := make([][2]string, len(parts)/2)
	for i := range headers {
		headers[i] = [2]string{parts[2*i], parts[2*i+1]}
	}
	return headers, nil
}

func joinHeaders(response safejs.Value) (string, error) {
	headers, err := response.Get("headers")
	if err != nil {
		return "", err
	}
	array, err := global("Array")
	if err != nil {
		return "", err
	}
	pairs, err := array.Call("from", headers)
	if err != nil {
		return "", err
	}
	fields, err := pairs.Call("flat")
	if err != nil {
		return "", err
	}
	text, err := fields.Call("join", "\n")
	if err != nil {
		return "", err
	}
	return text.String()
}
