package server

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SubjectWord turns any text, such as a user's name, into one word of a subject.
// Different texts become different words, and none has a meaning in a pattern: "."
// becomes "%2E", "*" "%2A". Text of letters, digits, "-", "_" and "@" stays as it
// is. Use it for what comes from outside, both in [Subject] and in
// [Grant.OnlySubjects]:
//
//	server.Subject("user." + server.SubjectWord(user) + ".mail")
//	grant.OnlySubjects("user." + server.SubjectWord(user) + ".>")
func SubjectWord(text string) string {
	if text == "" {
		return "%" // no other text becomes that
	}
	var word strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 || strings.ContainsRune(".*>%", r) || unicode.IsControl(r) || unicode.IsSpace(r) {
			for i := range size {
				fmt.Fprintf(&word, "%%%02X", text[i])
			}
		} else {
			word.WriteString(text[:size])
		}
		text = text[size:]
	}
	return word.String()
}
