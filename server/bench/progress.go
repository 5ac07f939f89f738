//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
)

// progress tells a person how far the bench is: by lines, and on a terminal by
// a last line that is written over.
type progress struct {
	out      io.Writer
	terminal bool
}

func newProgress(out *os.File) *progress {
	info, err := out.Stat()
	return &progress{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

const (
	lineStart = "\r"
	clearLine = "\r\x1b[K"
)

// step tells what is done now.
func (p *progress) step(format string, args ...any) {
	if p.terminal {
		fmt.Fprintf(p.out, clearLine+format+lineStart, args...)
	}
}

// line tells what has been done.
func (p *progress) line(format string, args ...any) {
	if p.terminal {
		format = clearLine + format
	}
	fmt.Fprintf(p.out, format+"\n", args...)
}
