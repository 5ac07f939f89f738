//go:build !js

package e2e

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Kind says what went wrong in a page.
type Kind string

// The kinds of problems that fail a test.
const (
	// GoPanic is a panic or a fatal error of the Go program, a deadlock
	// included, or JavaScript calling into a program that has exited before the
	// end of its page.
	GoPanic Kind = "Go panic"
	// GoExit is a Go program that exits with a code other than 0, for another
	// reason than a panic: "exit code: 3".
	GoExit Kind = "Go exit"
	// Exception is a JavaScript exception that nothing caught.
	Exception Kind = "uncaught exception"
	// Rejection is a rejected promise that nothing handled.
	Rejection Kind = "unhandled rejection"
	// ConsoleError is a call of console.error or console.assert, or an error
	// that the browser logs and that no other kind names.
	ConsoleError Kind = "console error"
	// NetworkError is what the browser logs about a resource that it could not
	// load: a status from 400 up, a failed connection, a refused origin. What
	// it logs about the path of a [Stream] does not count: the test scripts it. Nor is
	// what it logs about /favicon.ico, which it asks for by itself if a page names
	// no icon.
	NetworkError Kind = "network error"
	// PolicyViolation is what a Content-Security-Policy kept the page from.
	PolicyViolation Kind = "policy violation"
	// LeftAlive is a program that, at the end of its page's life, keeps
	// callbacks or listeners that JavaScript may still call, or goroutines
	// beside main's and those that the initialization of packages has started.
	// Each goroutine is a problem of its own, whose text is its stack.
	LeftAlive Kind = "left alive"
	// Crash is the end of the page's process, or a page that does not answer.
	Crash Kind = "page crash"
)

// Allowance names problems that do not fail a test: those of the Kind whose
// text contains Containing.
type Allowance struct {
	Kind       Kind
	Containing string
}

// problem is one thing that went wrong.
type problem struct {
	kind Kind
	text string
	url  string // of the resource, for what the browser logs
	told bool   // the test's output has it
	at   string // the lines of Go code that it is about, "" if they are not known
}

func (p *problem) String() string {
	if p.kind == LeftAlive {
		return string(p.kind) + " " + p.text
	}
	if p.url == "" {
		return string(p.kind) + ": " + p.text + p.at
	}
	return string(p.kind) + ": " + p.text + " (" + p.url + ")"
}

func (p *problem) allowed(by []Allowance) bool {
	return slices.ContainsFunc(by, func(a Allowance) bool {
		return a.Kind == p.kind && strings.Contains(p.text+" "+p.url, a.Containing)
	})
}

// goDied finds in a console line how the Go runtime says that a program is
// dying. It starts a line with it.
var goDied = regexp.MustCompile(`(?m)^(panic: |fatal error: ).*`)

const alreadyExited = "Go program has already exited"

// exited matches what wasm_exec.js throws about a program that has ended: when
// JavaScript calls it, and when it ended during a call from which JavaScript had still
// to return.
var exited = regexp.MustCompile(alreadyExited + `|TypeError: Cannot read properties of undefined \(reading 'exports'\)`)

// problemIn returns what is wrong about a console line, or nil.
func problemIn(l line) *problem {
	if died := goDied.FindString(l.text); died != "" {
		return &problem{kind: GoPanic, text: died}
	}
	if strings.Contains(l.text, alreadyExited) {
		return &problem{kind: GoPanic, text: l.text}
	}
	if l.level == "warning" && strings.HasPrefix(l.text, "exit code: ") && l.text != "exit code: 0" {
		return &problem{kind: GoExit, text: l.text}
	}
	switch l.level {
	case "exception":
		return &problem{kind: exceptionKind(l.text), text: l.text}
	case "error", "assert":
		return &problem{kind: errorKind(l), text: l.text, url: l.url}
	}
	return nil
}

func exceptionKind(text string) Kind {
	if strings.HasPrefix(text, "Uncaught (in promise)") {
		return Rejection
	}
	return Exception
}

// errorKind tells apart what a page or a worker logs as an error from what the
// browser does.
func errorKind(l line) Kind {
	switch {
	case l.source == "network", l.source != "" && aboutResource.MatchString(l.text):
		return NetworkError
	case l.source == "security":
		return PolicyViolation
	case l.source == "worker" && strings.HasPrefix(l.text, "Uncaught "):
		return exceptionKind(l.text)
	}
	return ConsoleError
}

// aboutResource matches what the browser logs about a resource without calling
// it a network error. The first group is the resource's URL, where it is told.
var aboutResource = regexp.MustCompile(
	`^(?:Access to \S+ at '([^']+)' .*blocked by CORS policy|EventSource's response has a |Failed to load resource)`)

// favicon matches the URL of the icon that a browser asks for by itself.
var favicon = regexp.MustCompile(`://[^/'" ]+/favicon\.ico(?:['"? )]|$)`)

// aboutIcon reports whether p is about the request for /favicon.ico that a browser
// makes for a page which names no icon. No part of the page has asked for it.
func (p *problem) aboutIcon() bool {
	return (p.kind == NetworkError || p.kind == PolicyViolation) && (favicon.MatchString(p.url) || favicon.MatchString(p.text))
}

// scripted reports whether p is about a stream that this site's test scripts.
func (s *Site) scripted(p *problem) bool {
	if p.kind != NetworkError {
		return false
	}
	address := p.url
	if match := aboutResource.FindStringSubmatch(p.text); match != nil && match[1] != "" {
		address = match[1]
	}
	if u, err := url.Parse(address); err == nil && s.streamAt(u.Path) != nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mistyped && strings.HasPrefix(p.text, "EventSource's response has a ")
}
