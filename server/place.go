package server

import (
	"crypto/rand"
	"math"
	"strconv"
	"strings"
)

// maxLogName is the longest name of a log, in bytes.
const maxLogName = 32

// newLogName makes the name of a log: 40 bits are enough to tell one from
// another.
func newLogName() string { return rand.Text()[:8] }

// validLogName tells whether a name is one that the IDs of a log can begin with.
func validLogName(name string) bool {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	return name != "" && len(name) <= maxLogName && strings.Trim(name, allowed) == ""
}

// appendID appends the ID of a place in a log: "<log>-<number>". Number 0 is the
// place before the first message.
func appendID(b []byte, log string, number uint64) []byte {
	b = append(b, log...)
	b = append(b, '-')
	return strconv.AppendUint(b, number, 10)
}

func formatID(log string, number uint64) string { return string(appendID(nil, log, number)) }

// parseID is the reverse of appendID. It takes only what that writes. The last
// number there is has no place after it and is none.
func parseID(id string) (log string, number uint64, ok bool) {
	log, digits, _ := strings.Cut(id, "-")
	if !validLogName(log) {
		return "", 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || number == math.MaxUint64 || strconv.FormatUint(number, 10) != digits {
		return "", 0, false
	}
	return log, number, true
}
