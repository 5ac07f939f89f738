//go:build !js

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"
	"unicode/utf8"
)

// answerLine is the first line of a recording. Its format is told at [Record].
type answerLine struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
}

// pieceLine is any other line: one of Text, Base64 and End is not empty.
type pieceLine struct {
	Milliseconds int64  `json:"ms"`
	Text         string `json:"text,omitempty"`
	Base64       []byte `json:"base64,omitempty"` // encoding/json writes bytes so
	End          string `json:"end,omitempty"`
}

// How a recorded stream ended.
const (
	cleanEnd = "clean"
	cutEnd   = "cut"
)

// ofConnection are the headers that no recording has, in their canonical form.
var ofConnection = []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Trailer", "Upgrade"}

// longestRecording bounds the offsets in a recording.
const longestRecording = 24 * time.Hour

// recording is a recording in memory.
type recording struct {
	answer answerLine
	pieces []piece
	end    string // cleanEnd, cutEnd, or "" where the recording was stopped
	endsAt time.Duration
}

// piece is bytes that arrived at once.
type piece struct {
	at   time.Duration
	data []byte
}

// loadRecording reads a recording. Its errors name the file and the line.
func loadRecording(file string) (*recording, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return readRecording(file, content)
}

func readRecording(file string, content []byte) (*recording, error) {
	r := new(recording)
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if err := r.add(number, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, number, err)
		}
	}
	if number == 0 {
		return nil, fmt.Errorf("%s:1: no answer", file)
	}
	return r, nil
}

func (r *recording) add(number int, line []byte) error {
	if number == 1 {
		return r.addAnswer(line)
	}
	if r.end != "" {
		return errors.New("a line after the end")
	}
	return r.addPiece(line)
}

func (r *recording) addAnswer(line []byte) error {
	if err := unmarshalLine(line, &r.answer); err != nil {
		return err
	}
	if status := r.answer.Status; status < 200 || status > 599 {
		return fmt.Errorf("status %d: it must be from 200 to 599", status)
	}
	for name := range r.answer.Header {
		if slices.Contains(ofConnection, http.CanonicalHeaderKey(name)) {
			return fmt.Errorf("header %s: it is the connection's own", name)
		}
	}
	return nil
}

func (r *recording) addPiece(line []byte) error {
	var l pieceLine
	if err := unmarshalLine(line, &l); err != nil {
		return err
	}
	at := time.Duration(l.Milliseconds) * time.Millisecond
	switch {
	case l.Milliseconds < 0 || l.Milliseconds > longestRecording.Milliseconds():
		return fmt.Errorf("%d ms: it must be from 0 to %d", l.Milliseconds, longestRecording.Milliseconds())
	case at < r.endsAt:
		return fmt.Errorf("%d ms is before the line above", l.Milliseconds)
	case l.parts() != 1:
		return errors.New("it must have one of text, base64 and end")
	case l.End != "" && l.End != cleanEnd && l.End != cutEnd:
		return fmt.Errorf("end %q: it must be %q or %q", l.End, cleanEnd, cutEnd)
	case l.End == "" && !hasBody(r.answer.Status):
		return fmt.Errorf("an answer with status %d has no body", r.answer.Status)
	}
	r.endsAt = at
	if l.End != "" {
		r.end = l.End
		return nil
	}
	r.pieces = append(r.pieces, piece{at, append(l.Base64, l.Text...)})
	return nil
}

// parts counts what the line has.
func (l *pieceLine) parts() int {
	n := 0
	for _, has := range []bool{l.Text != "", len(l.Base64) > 0, l.End != ""} {
		if has {
			n++
		}
	}
	return n
}

func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// unmarshalLine reads one JSON value without fields of other names.
func unmarshalLine(line []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("an empty line")
		}
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value in a line")
	}
	return nil
}

// marshalLine writes one line. Text stays as legible as JSON allows.
func marshalLine(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// newPieceLine returns the line for data that arrived at.
func newPieceLine(at time.Duration, data []byte) pieceLine {
	line := pieceLine{Milliseconds: at.Milliseconds()}
	if utf8.Valid(data) {
		line.Text = string(data)
	} else {
		line.Base64 = data
	}
	return line
}
