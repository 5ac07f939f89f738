//go:build !js

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// A CPU profile is made by the browser, since the Go runtime has no clock that
// interrupts it in js/wasm: the profile that it writes itself is empty.

// cpuProfile is a profile that is being taken, nil for none.
type cpuProfile struct {
	recording *recording
	path      string
	binary    []byte
}

// startProfile begins the profile that the tests' arguments ask for.
func (j *job) startProfile(tab context.Context) (*cpuProfile, error) {
	if j.cpuProfile == "" {
		return nil, nil
	}
	recording, err := record(tab)
	if err != nil {
		return nil, err
	}
	return &cpuProfile{recording, j.cpuProfile, j.binary}, nil
}

// finish writes the profile, over the empty one of the Go runtime, and returns
// what to exit with after end.
func (p *cpuProfile) finish(end outcome) (code int, err error) {
	if p == nil {
		if end.hung {
			end.err = fmt.Errorf("%w; -cpuprofile tells where they are", end.err)
		}
		return end.code, end.err
	}
	stacks, err := p.stop()
	if err == nil {
		err = writeProfile(p.path, stacks, p.recording.begun)
	}
	if err != nil {
		return max(end.code, codeFailed), errors.Join(end.err, err)
	}
	if end.hung {
		end.err = fmt.Errorf("%w; they are in\n%s", end.err, whereAtTheEnd(stacks))
	}
	return end.code, end.err
}

func (p *cpuProfile) stop() ([]stack, error) {
	chunks, err := p.recording.stop()
	if err != nil {
		return nil, err
	}
	// Without symbols there are still the names that the browser has.
	symbols, _ := readSymbols(p.binary)
	return stacksIn(chunks, symbols), nil
}

// stack is what ran at a time, the innermost call first, and for how long.
type stack struct {
	calls []function
	time  time.Duration
}

// stacksIn returns the stacks of the threads that ran WebAssembly, in order of
// time within a thread, without the time in which there was nothing to do.
func stacksIn(chunks []traceEvent, of *symbols) []stack {
	type thread struct {
		process int
		id      string
	}
	nodes := make(map[thread]map[int]traceNode)
	ranWasm := make(map[thread]bool)
	var stacks []stack
	for _, chunk := range chunks {
		in := thread{chunk.PID, chunk.ID}
		if nodes[in] == nil {
			nodes[in] = make(map[int]traceNode)
		}
		for _, node := range chunk.Args.Data.Profile.Nodes {
			nodes[in][node.ID] = node
			ranWasm[in] = ranWasm[in] || node.Call.Kind == kindWasm
		}
	}
	for _, chunk := range chunks {
		in, data := thread{chunk.PID, chunk.ID}, chunk.Args.Data
		if !ranWasm[in] {
			continue
		}
		for i, sample := range data.Profile.Samples {
			if i >= len(data.Deltas) || waits(nodes[in][sample], nodes[in]) {
				continue
			}
			took := time.Duration(max(data.Deltas[i], 0)) * time.Microsecond
			stacks = append(stacks, stack{callsTo(sample, nodes[in], of), took})
		}
	}
	return stacks
}

const kindWasm = "wasm"

// waits reports whether in a node nothing is done: there is nothing to do, or
// run.js asks the runner for a file or tells it the output.
func waits(node traceNode, nodes map[int]traceNode) bool {
	call := node.Call
	if call.Function == "send" {
		call = nodes[node.Parent].Call
	}
	return call.Function == "(idle)" || call.Function == "tell" && strings.HasSuffix(call.URL, "/run.js")
}

// callsTo returns the calls from a node outwards, without the root.
func callsTo(id int, nodes map[int]traceNode, of *symbols) []function {
	var calls []function
	for node := nodes[id]; node.Parent != 0; node = nodes[node.Parent] {
		calls = append(calls, called(node, of))
	}
	return calls
}

func called(node traceNode, of *symbols) function {
	call := node.Call
	if call.Kind == kindWasm && of != nil {
		if f, ok := of.at(call.Column); ok {
			return f
		}
	}
	return function{name: cmp.Or(call.Function, "(anonymous)"), file: call.URL, line: call.Line + 1}
}

// writeProfile writes stacks to a file in pprof's format.
func writeProfile(path string, stacks []stack, begun time.Time) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing the CPU profile: %w", err)
	}
	err = toProfile(stacks, begun).Write(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("writing the CPU profile: %w", err)
	}
	return nil
}

func toProfile(stacks []stack, begun time.Time) *profile.Profile {
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"},
		TimeNanos:  begun.UnixNano(), DurationNanos: time.Since(begun).Nanoseconds(),
	}
	locations := make(map[function]*profile.Location)
	locate := func(f function) *profile.Location {
		if known := locations[f]; known != nil {
			return known
		}
		id := uint64(len(locations) + 1)
		called := &profile.Function{ID: id, Name: f.name, SystemName: f.name, Filename: f.file, StartLine: int64(f.line)}
		location := &profile.Location{ID: id, Line: []profile.Line{{Function: called, Line: int64(f.line)}}}
		locations[f] = location
		p.Function, p.Location = append(p.Function, called), append(p.Location, location)
		return location
	}
	var total time.Duration
	for _, s := range stacks {
		sample := &profile.Sample{Value: []int64{1, s.time.Nanoseconds()}}
		for _, call := range s.calls {
			sample.Location = append(sample.Location, locate(call))
		}
		p.Sample = append(p.Sample, sample)
		total += s.time
	}
	p.Period = total.Nanoseconds() / int64(max(len(stacks), 1))
	return p.Compact()
}

// latest bounds the samples that tell where a program is at the end.
const latest = 500

// whereAtTheEnd returns, as Go prints a stack, where a program is that has not
// come back: of the last samples the most frequent stack. Lines are those where
// functions begin.
func whereAtTheEnd(stacks []stack) string {
	counts := make(map[string]int)
	var where string
	for _, s := range stacks[max(0, len(stacks)-latest):] {
		text := s.String()
		if counts[text]++; counts[text] > counts[where] {
			where = text
		}
	}
	return where
}

func (s stack) String() string {
	var b strings.Builder
	for _, call := range s.calls {
		fmt.Fprintf(&b, "%s(...)\n\t%s:%d\n", call.name, call.file, call.line)
	}
	return b.String()
}
