//go:build js && wasm

package jsbridge

import "strings"

// scriptText returns the Go string that comes out as text in JavaScript:
// wasm_exec.js decodes as a file is decoded and swallows a byte order mark.
func scriptText(text string) string {
	const byteOrderMark = "\ufeff"
	if strings.HasPrefix(text, byteOrderMark) {
		return byteOrderMark + text
	}
	return text
}
