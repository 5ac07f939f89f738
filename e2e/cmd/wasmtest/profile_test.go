//go:build !js

package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWithoutAProfileAHangSaysWhatWould(t *testing.T) {
	var none *cpuProfile
	late := errors.New("too late")
	code, err := none.finish(outcome{code: codeFault, err: late, hung: true})
	if code != codeFault || !errors.Is(err, late) || !strings.Contains(err.Error(), "-cpuprofile") {
		t.Errorf("got %d, %v, want %d and the flag", code, err, codeFault)
	}
}

// chunk is of a thread of one process: main, called by the root, calls work,
// waits, and has the runner write a file.
func chunk(thread, kind string, samples []int, deltas []int64) traceEvent {
	var e traceEvent
	e.ID = thread
	data := &e.Args.Data
	for id, name := range []string{1: "(root)", 2: "main", 3: "work", 4: "(idle)", 5: "tell", 6: "send"} {
		if id == 0 {
			continue
		}
		node := traceNode{ID: id, Parent: []int{0, 0, 1, 2, 1, 2, 5}[id]}
		node.Call.Function, node.Call.Kind = name, kind
		if name == "tell" {
			node.Call.URL = "http://127.0.0.1:1/run.js"
		}
		data.Profile.Nodes = append(data.Profile.Nodes, node)
	}
	data.Profile.Samples, data.Deltas = samples, deltas
	return e
}

func TestStacksIn(t *testing.T) {
	got := stacksIn([]traceEvent{
		chunk("program", kindWasm, []int{3, 4, 2}, []int64{10, 20, 30}),
		chunk("other", "JS", []int{3}, []int64{100}),
		chunk("program", kindWasm, []int{5, 6, 3, 3}, []int64{40, 50, 60, -1}),
	}, nil)
	want := []stack{
		{[]function{{"work", "", 1}, {"main", "", 1}}, 10 * time.Microsecond},
		{[]function{{"main", "", 1}}, 30 * time.Microsecond},
		{[]function{{"work", "", 1}, {"main", "", 1}}, 60 * time.Microsecond},
		{[]function{{"work", "", 1}, {"main", "", 1}}, 0},
	}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i].time != want[i].time || got[i].String() != want[i].String() {
			t.Errorf("stack %d: got %v, want %v", i, got[i], want[i])
		}
	}
	if where := whereAtTheEnd(got); where != want[0].String() {
		t.Errorf("got %q as the most frequent, want %q", where, want[0])
	}
	p := toProfile(got, time.Now())
	if err := p.CheckValid(); err != nil || len(p.Function) != 2 || p.Period != 25_000 {
		t.Errorf("got %v, %v, want two functions and a period of 25 µs", p, err)
	}
}
