//go:build !js

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/runnel-go/runnel/e2e/bench/event"
)

// section is a part of the bench that can be run alone.
type section struct {
	name, about string
	run         func(*bench, context.Context) error
}

var sections = []section{
	{"burst", "how long bursts take, of small events and of 1 KB", (*bench).burst},
	{"decode", "decoding alone, against JSON.parse and encoding/json", (*bench).decode},
	{"latency", "one event every 10 ms, from server to handler", (*bench).latency},
	{"block", "how long a burst of 100,000 keeps the event loop from turning", (*bench).block},
	{"heap", "what is held after 1,000,000 events, against after 100,000", (*bench).heap},
	{"growth", "how cost grows with events, their size and subscriptions", (*bench).growth},
	{"size", "what a frontend weighs", (*bench).size},
}

// burst measures every contestant with both sizes, and makes the ratios.
func (b *bench) burst(ctx context.Context) error {
	bySize := make(map[string]*series)
	for _, size := range []string{small, large} {
		got, err := b.bursts(ctx, "burst", b.load(size), b.available(contestants), b.rounds, b.timely(b.rounds))
		if err != nil {
			return err
		}
		bySize[size] = got
		for _, c := range contestants {
			b.report.time(c.name, size, got)
			if values := got.of(c.name); len(values) > 0 {
				b.report.Rounds = min(b.report.Rounds, len(values))
			}
		}
	}
	for _, r := range burstRatios {
		if !b.wanted(r.ours) || !b.wanted(r.theirs) {
			continue
		}
		got := bySize[r.size]
		b.report.ratio(r.key, quotients(got.of(r.ours), got.of(r.theirs)))
	}
	return nil
}

// burstRatios are the ratios of bursts: ours over theirs.
var burstRatios = []struct{ key, size, ours, theirs string }{
	{"native_vs_js_eventsource", small, "runnel_native", "js_eventsource"},
	{"native_vs_js_eventsource_ids", small, "runnel_native_ids", "js_eventsource_ids"},
	{"native_vs_js_eventsource_batches", small, "runnel_native_batches", "js_eventsource"},
	{"fetch_vs_js_parser", small, "runnel_fetch", "js_parser"},
	{"fetch_vs_js_parser_batches", small, "runnel_fetch_batches", "js_parser"},
	{"fetch_vs_js_eventsource", small, "runnel_fetch", "js_eventsource"},
	{"native_vs_go_naive", small, "runnel_native", "go_naive"},
	{"fetch_vs_go_naive", small, "runnel_fetch", "go_naive"},
	{"native_vs_js_eventsource_1k", large, "runnel_native", "js_eventsource"},
	{"fetch_vs_js_parser_1k", large, "runnel_fetch", "js_parser"},
}

// bursts measures contestants under a load, in microseconds an event.
func (b *bench) bursts(ctx context.Context, name string, l load, all []contestant, rounds int, more func(round int) bool) (*series, error) {
	got, want := newSeries(), l.expect()
	line := newRoundLine()
	err := interleave(more, all, func(round int, c contestant) error {
		b.progress.step("%s %s, round %d of %d: %s …", name, l.name, round+1, rounds, c.name)
		result, err := b.session.run(ctx, b.job(name, c, l))
		if err != nil {
			return err
		}
		wrong := c.judge(want, result)
		got.note(c.name, result.MS*1000/float64(l.count), wrong)
		line.add(c.name, got)
		if line.len() == len(all) {
			b.progress.line("  %s, round %d of %d, µs an event: %s", l.name, round+1, rounds, line.text(all))
		}
		return nil
	})
	return got, err
}

// roundLine is a line about a round, gathered contestant by contestant.
type roundLine struct{ words map[string]string }

func newRoundLine() *roundLine { return &roundLine{make(map[string]string)} }

func (r *roundLine) len() int { return len(r.words) }

func (r *roundLine) add(name string, got *series) {
	values := got.of(name)
	if len(values) == 0 {
		r.words[name] = name + " wrong"
		return
	}
	r.words[name] = fmt.Sprintf("%s %s", name, number(values[len(values)-1]))
}

// text returns the line and begins another.
func (r *roundLine) text(order []contestant) string {
	words := make([]string, len(order))
	for i, c := range order {
		words[i] = r.words[c.name]
	}
	clear(r.words)
	return strings.Join(words, ", ")
}

// decodeRounds are the rounds of decoding, which are short, and decodeWarm those
// before them that do not count.
const (
	decodeRounds = 15
	decodeWarm   = 5
	decodeTexts  = 1000
)

// decode measures decoding alone, in one page for each size.
func (b *bench) decode(ctx context.Context) error {
	for _, size := range []string{small, large} {
		l := b.load(size)
		texts := l.corpus.texts[:min(decodeTexts, len(l.corpus.texts))]
		repeat := max(20/b.scale, 1)
		if size == large {
			repeat = max(4/b.scale, 1)
		}
		job := &assignment{
			Job: event.Job{
				Section: "decode", Contestant: "codec", Program: frontend, Kind: l.corpus.kind,
				Rounds: decodeWarm + decodeRounds, Texts: len(texts), Repeat: repeat, Timeout: timeout,
			},
			texts: texts,
		}
		b.progress.step("decode %s …", size)
		result, err := b.session.run(ctx, job)
		if err != nil {
			return err
		}
		got := newSeries()
		for _, way := range []string{"codec", "encoding_json", "parse"} {
			rounds, wrong := decoded(l.corpus, len(texts), repeat, way, result)
			for i := range rounds {
				rounds[i] *= 1000 / float64(repeat*len(texts))
			}
			got.set("decode_"+way, rounds, wrong)
			b.report.time("decode_"+way, size, got)
		}
		suffix := map[string]string{small: "", large: "_1k"}[size]
		b.report.ratio("decode_vs_json_parse"+suffix, quotients(got.of("decode_codec"), got.of("decode_parse")))
		b.report.ratio("decode_vs_encoding_json"+suffix, quotients(got.of("decode_codec"), got.of("decode_encoding_json")))
		b.progress.line("  %s, µs a value: codec.JSON %s, encoding/json %s, JSON.parse %s", size,
			middle(got.of("decode_codec")), middle(got.of("decode_encoding_json")), middle(got.of("decode_parse")))
	}
	return nil
}

// decoded returns the rounds that count of a way to decode, or why it was wrong.
func decoded(c *corpus, texts, repeat int, way string, got result) ([]float64, error) {
	if got.Error != "" {
		return nil, errors.New(got.Error)
	}
	// The texts in order, so often: a stream of a corpus that is no longer.
	part := &corpus{kind: c.kind, texts: c.texts[:texts], times: c.times[:texts], add: c.add}
	want := part.sum(texts*repeat, 1)
	if way == "parse" {
		want = part.sumAsText(texts * repeat)
	}
	sum := got.Sums[way]
	if err := checkSum(want, &sum); err != nil {
		return nil, err
	}
	rounds := got.Decode[way]
	return rounds[min(decodeWarm, len(rounds)-1):], nil
}

// size measures what the README's frontend weighs, which has one typed
// subscription.
func (b *bench) size(ctx context.Context) error {
	b.progress.step("building wasm/example and compressing it …")
	binary, err := build(ctx, module+"/wasm/example", "-trimpath", "-buildvcs=false")
	if err != nil {
		return err
	}
	kb, err := brotliKB(binary)
	if err != nil {
		return err
	}
	b.report.ratio("brotli_kb", []float64{kb})
	b.progress.line("  wasm/example: %.0f KB, brotli %.1f KB", float64(len(binary))/1000, kb)
	return nil
}

// latencyRounds are as many as the rest's, but not more than this, as each takes
// its five seconds for each contestant.
const (
	latencyRounds = 3
	latencyEvents = 500
	latencyWarm   = 100 // before them; the very first events load code and open connections
)

// latency measures how long an event takes from the server's clock to the
// handler, and what ours add to JavaScript's.
func (b *bench) latency(ctx context.Context) error {
	const js, native, fetch = "js_eventsource", "runnel_native", "runnel_fetch"
	all := named(js, native, fetch)
	count := b.scaled(latencyEvents)
	p99, p50 := newSeries(), newSeries()
	line := newRoundLine()
	rounds := min(b.rounds, latencyRounds)
	err := interleave(upTo(rounds), all, func(round int, c contestant) error {
		b.progress.step("latency, round %d of %d: %s …", round+1, rounds, c.name)
		result, err := b.session.run(ctx, &assignment{
			Job: event.Job{
				Section: "latency", Contestant: c.name, Program: c.program, Transport: c.transport,
				Kind: event.TickName, Types: 1, Warm: b.scaled(latencyWarm), Count: count, Timeout: timeout,
			},
			warm: &stream{},
		})
		if err != nil {
			return err
		}
		if result.Error != "" || len(result.Latency) != count {
			wrong := fmt.Errorf("%s (%d of %d events)", result.Error, len(result.Latency), count)
			p99.note(c.name, 0, wrong)
			p50.note(c.name, 0, wrong)
		} else {
			p99.note(c.name, percentile(result.Latency, 99), nil)
			p50.note(c.name, percentile(result.Latency, 50), nil)
		}
		line.add(c.name, p99)
		if line.len() == len(all) {
			b.progress.line("  round %d of %d, p99 in ms: %s", round+1, rounds, line.text(all))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range all {
		b.report.extra("latency_ms", c.name, map[string]any{"p50": p50.of(c.name), "p99": p99.of(c.name)}, p99.wrong[c.name])
	}
	b.report.ratio("latency_p99_added_ms", largest(
		differences(p99.of(native), p99.of(js)), differences(p99.of(fetch), p99.of(js))))
	return nil
}

// blockRounds bounds the rounds of a burst that is watched.
const blockRounds = 3

// block measures how long a burst of 100,000 keeps the event loop from turning:
// by the program's own count, and as a page sees it that posts itself messages.
func (b *bench) block(ctx context.Context) error {
	const native, fetch = "runnel_native", "runnel_fetch"
	all := named("js_eventsource", native, fetch)
	l := b.load(small)
	l.count = b.scaled(100_000)
	l.warm = 1 // the program's count begins when it does: it would count the warming up
	want := l.expect()
	hold, gap := newSeries(), newSeries()
	line := newRoundLine()
	rounds := min(b.rounds, blockRounds)
	err := interleave(upTo(rounds), all, func(round int, c contestant) error {
		b.progress.step("block, round %d of %d: %s …", round+1, rounds, c.name)
		result, err := b.session.run(ctx, b.job("block", c, l))
		if err != nil {
			return err
		}
		wrong := c.judge(want, result)
		gap.note(c.name, result.Gap, wrong)
		if c.transport != "" {
			hold.note(c.name, result.Hold, wrong)
		}
		line.add(c.name, gap)
		if line.len() == len(all) {
			b.progress.line("  round %d of %d, longest gap in ms: %s; longest hold: %s %s, %s %s", round+1, rounds, line.text(all),
				native, last(hold.of(native)), fetch, last(hold.of(fetch)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range all {
		b.report.extra("block_ms", c.name, map[string]any{"hold": hold.of(c.name), "gap": gap.of(c.name)}, gap.wrong[c.name])
	}
	b.report.ratio("longest_block_ms", largest(hold.of(native), hold.of(fetch)))
	b.report.ratio("longest_gap_ms", largest(gap.of(native), gap.of(fetch)))
	b.report.ratio("longest_gap_js_ms", gap.of("js_eventsource"))
	return nil
}

// heap measures what is held after 1,000,000 events against after 100,000 on the
// same Source, which come 100,000 at a time.
func (b *bench) heap(ctx context.Context) error {
	b.session.use(heapFlags...)
	defer b.session.use()
	l := b.load(small)
	l.count = b.scaled(100_000)
	l.warm = l.count // the first 100,000
	want := l.expect()
	const gates = 9
	growth, live := newSeries(), newSeries()
	all := named("runnel_native", "runnel_fetch")
	err := interleave(upTo(1), all, func(_ int, c contestant) error {
		b.progress.step("heap: %s …", c.name)
		job := b.job("heap", c, l)
		job.Gates = gates
		result, err := b.session.run(ctx, job)
		if err != nil {
			return err
		}
		wrong := c.judge(want, result)
		if wrong == nil && (len(result.Heap) != 1+gates || result.Heap[gates].Events != 10*l.count) {
			wrong = fmt.Errorf("got %d samples, want %d", len(result.Heap), 1+gates)
		}
		if wrong == nil {
			first, last := result.Heap[0], result.Heap[gates]
			growth.note(c.name, last.total()/first.total(), nil)
			live.note(c.name, last.live()/first.live(), nil)
		} else {
			growth.note(c.name, 0, wrong)
			live.note(c.name, 0, wrong)
		}
		b.report.extra("heap_bytes", c.name, result.Heap, growth.wrong[c.name])
		b.progress.line("  %s: %s", c.name, heapLine(result.Heap))
		return nil
	})
	if err != nil {
		return err
	}
	b.report.ratio("heap_growth", largest(growth.of("runnel_native"), growth.of("runnel_fetch")))
	b.report.ratio("heap_growth_live", largest(live.of("runnel_native"), live.of("runnel_fetch")))
	return nil
}

// total is what the ratio is of: Go's heap, as far as it has ever grown, and
// JavaScript's. It sees a queue that has once been longer, as a person does who
// looks at the browser's memory.
func (h heapSample) total() float64 { return float64(h.Sys + h.JS) }

// live is what is still in use of both.
func (h heapSample) live() float64 { return float64(h.Live + h.JS) }

func heapLine(samples []heapSample) string {
	if len(samples) == 0 {
		return "nothing"
	}
	words := func(h heapSample) string {
		return fmt.Sprintf("Go's heap %.1f MB (live %.2f), JavaScript's %.2f MB", mb(h.Sys), mb(h.Live), mb(h.JS))
	}
	first, last := samples[0], samples[len(samples)-1]
	return fmt.Sprintf("after %d events %s, after %d events %s", first.Events, words(first), last.Events, words(last))
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }

// only returns which of the known names a list names, all for an empty one.
func only(kind, list string, known []string) (func(string) bool, error) {
	if list == "" {
		return func(string) bool { return true }, nil
	}
	wanted := strings.Split(list, ",")
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no %s %q: there are %s", kind, name, strings.Join(known, ", "))
		}
	}
	return func(name string) bool { return slices.Contains(wanted, name) }, nil
}

// sectionNames are the names that -only knows.
func sectionNames() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}
