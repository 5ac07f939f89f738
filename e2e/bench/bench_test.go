//go:build !js

package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
	"github.com/runnel-go/runnel/e2e/internal/wasmexec"
)

// TestBench runs the whole of it in the browser, with small bursts and without
// the npm packages. What it measures is no figure.
func TestBench(t *testing.T) {
	temp := shortTemp(t)
	file := filepath.Join(temp, "bench.json")
	whole := slices.Clone(growthPoints)
	t.Cleanup(func() { growthPoints = whole })
	for i, g := range growthPoints {
		growthPoints[i].points = g.points[len(g.points)-1:] // the others are no different
	}
	var stdout, stderr strings.Builder
	args := []string{"-rounds", "1", "-scale", "500", "-peers=false", "-only", "burst,decode,latency,block,heap,growth", "-out", file}
	if code := run(t.Context(), args, &stdout, &progress{out: &stderr}); code != 0 {
		t.Fatalf("got exit code %d, want 0\n%s%s", code, &stdout, &stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, b := range bounds {
		// js_parser is left out, and so is the weight.
		if strings.Contains(b.key, "js_parser") || b.key == "brotli_kb" {
			continue
		}
		if got.Ratios[b.key] == nil {
			t.Errorf("got no %s", b.key)
		}
	}
	if !strings.Contains(got.Machine.Browser, ".") {
		t.Errorf("got the browser %q, want name and version", got.Machine.Browser)
	}
	if got.Growth["runnel_fetch"]["subscriptions"]["100"] == 0 || len(got.Details["heap_bytes"]) != 2 {
		t.Errorf("got %s", text)
	}
	expectNothingLeft(t, temp, "bench.json")
}

// TestContestants holds that a burst has those alone who are asked for, and the ratios
// that both of them have a part in.
func TestContestants(t *testing.T) {
	file := filepath.Join(shortTemp(t), "bench.json")
	var stdout, stderr strings.Builder
	args := []string{"-rounds", "1", "-scale", "500", "-only", "burst", "-contestants", "js_eventsource,runnel_native", "-out", file}
	if code := run(t.Context(), args, &stdout, &progress{out: &stderr}); code != 0 {
		t.Fatalf("got exit code %d, want 0\n%s%s", code, &stdout, &stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Times) != 2 || len(got.Ratios) != 2 || got.Ratios["native_vs_js_eventsource_1k"] == nil {
		t.Errorf("got the times %v and the ratios %v, want those of the two", got.Times, got.Ratios)
	}
}

// TestInterrupt ends the bench in the middle: nothing of the browser is left.
func TestInterrupt(t *testing.T) {
	temp := shortTemp(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var stdout, stderr strings.Builder
	args := []string{"-peers=false", "-only", "latency", "-out", filepath.Join(temp, "bench.json")}
	if code := run(ctx, args, &stdout, &progress{out: &stderr}); code != codeInterrupted {
		t.Errorf("got exit code %d, want %d\n%s", code, codeInterrupted, &stderr)
	}
	expectNothingLeft(t, temp)
}

// TestWrongContestant holds that one which got something else has no time.
func TestWrongContestant(t *testing.T) {
	shortTemp(t)
	script, err := wasmexec.Script()
	if err != nil {
		t.Fatal(err)
	}
	server, err := newServer(nil, script, "")
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	b := &bench{session: &session{server: server}, rounds: 1, scale: 500, progress: &progress{out: &strings.Builder{}}, report: newReport()}
	defer b.session.close()
	l := b.load(small)
	l.warm = 1
	other := newBooks(l.count, 1)
	for _, test := range []struct {
		name, contestant string
		spoil            func(*assignment)
		want             string
	}{
		{"right", "js_eventsource", func(*assignment) {}, ""},
		{"another value", "js_eventsource", func(job *assignment) {
			values := newQuotes(l.count + 1)
			values.texts = values.texts[1:]
			job.burst = values.stream(l.count, 1)
		}, "checksum"},
		{"another kind of value", "js_eventsource", func(job *assignment) {
			other.kind = l.corpus.kind
			job.burst = other.stream(l.count, 1)
		}, "NaN"},
		{"too few", "js_eventsource_noop", func(job *assignment) {
			job.burst, job.Timeout = l.corpus.stream(l.count-1, 1), 300
		}, "nothing for"},
		{"a program that is not there", "runnel_native", func(*assignment) {}, "HTTP status"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := named(test.contestant)[0]
			job := b.job("burst", c, l)
			test.spoil(job)
			result, err := b.session.run(t.Context(), job)
			if err != nil {
				t.Fatal(err)
			}
			got := c.judge(l.expect(), result)
			if test.want == "" && got != nil || test.want != "" && (got == nil || !strings.Contains(got.Error(), test.want)) {
				t.Errorf("got %v, want %q", got, test.want)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"-h"}, 0, "-rounds"},
		{"unknown flag", []string{"-fast"}, codeUsage, "-fast"},
		{"unknown section", []string{"-only", "all"}, codeUsage, "there are burst, decode"},
		{"unknown contestant", []string{"-contestants", "js_parser,nobody"}, codeUsage, `no contestant "nobody": there are js_eventsource_noop`},
		{"no rounds", []string{"-rounds", "0"}, codeUsage, "-rounds"},
		{"argument", []string{"burst"}, codeUsage, "no arguments"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			if code := run(t.Context(), test.args, &stdout, &progress{out: &stderr}); code != test.code {
				t.Errorf("got exit code %d, want %d", code, test.code)
			}
			if !strings.Contains(stderr.String(), test.want) {
				t.Errorf("got %q, want %q in it", &stderr, test.want)
			}
		})
	}
}

// shortTemp is a temporary directory that everything uses.
func shortTemp(t *testing.T) string {
	t.Helper()
	temp := chrome.TempDir(t)
	t.Setenv("TMPDIR", temp)
	return temp
}

// expectNothingLeft holds that the temporary directory has these entries alone,
// but for the go command's.
func expectNothingLeft(t *testing.T, temp string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "go-") && !strings.Contains(strings.Join(want, " "), entry.Name()) {
			t.Errorf("%s is left", entry.Name())
		}
	}
}
