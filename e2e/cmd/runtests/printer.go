//go:build !js

package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// printer prints whole lines, from several parts at once, in colour on a terminal.
type printer struct {
	mu     sync.Mutex
	file   *os.File
	colour bool
}

func newPrinter(file *os.File) *printer {
	info, err := file.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &printer{file: file, colour: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("CI") == ""}
}

func (p *printer) line(format string, arguments ...any) {
	p.text(fmt.Sprintf(format, arguments...) + "\n")
}

func (p *printer) text(text string) {
	if text == "" {
		return
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprint(p.file, text)
}

func (p *printer) good(text string) string { return p.paint("32", text) }
func (p *printer) bad(text string) string  { return p.paint("31", text) }

func (p *printer) paint(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// every calls fn at intervals until stop is called.
func (p *printer) every(interval time.Duration, fn func()) (stop func()) {
	ticker, done := time.NewTicker(interval), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				fn()
			case <-done:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(done) }
}
