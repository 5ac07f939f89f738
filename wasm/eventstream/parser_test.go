package eventstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/streams"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// outcome is everything that reading a stream comes to.
type outcome struct {
	events      []string // "type|id|data"
	comments    []string
	lastEventID string
	retry       time.Duration
	hasRetry    bool
}

func (o outcome) String() string {
	return fmt.Sprintf("events %q comments %q last event ID %q retry %v %t", o.events, o.comments, o.lastEventID, o.retry, o.hasRetry)
}

// parse reads a stream with the parser, in the given pieces.
func parse(t testing.TB, p *eventstream.Parser, pieces ...[]byte) outcome {
	t.Helper()
	var got outcome
	p.Comment = func(comment []byte) { got.comments = append(got.comments, string(comment)) }
	for _, piece := range pieces {
		lent := bytes.Clone(piece)
		err := p.Parse(lent, func(r eventstream.Received) {
			got.events = append(got.events, r.Type+"|"+string(r.ID)+"|"+string(r.Data))
			if r.At >= 0 && string(lent[r.At:r.At+len(r.Data)]) != string(r.Data) {
				t.Errorf("%q is not at %d in %q", r.Data, r.At, lent)
			}
		})
		if err != nil {
			t.Fatalf("parse %q: %v", piece, err)
		}
		clear(lent) // the parser may keep nothing of it
	}
	got.lastEventID = p.LastEventID()
	got.retry, got.hasRetry = p.ReconnectionTime()
	return got
}

// naive is a deliberately plain reading of the standard: it decodes the whole
// stream first, by the Encoding standard's table (8.1.1), splits it into lines,
// and follows 9.2.6 sentence by sentence.
func naive(stream []byte, lastEventID string) outcome {
	text := decodeUTF8(stream)
	if len(text) > 0 && text[0] == '\ufeff' {
		text = text[1:]
	}
	var lines []string
	var line []rune
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			fallthrough
		case '\n':
			lines = append(lines, string(line))
			line = nil
		default:
			line = append(line, text[i])
		}
	}
	got := outcome{lastEventID: lastEventID}
	data, eventType, id := "", "", lastEventID
	for _, line := range lines {
		if line == "" {
			got.lastEventID = id
			if data != "" {
				name := eventType
				if name == "" {
					name = "message"
				}
				got.events = append(got.events, name+"|"+id+"|"+strings.TrimSuffix(data, "\n"))
			}
			data, eventType = "", ""
			continue
		}
		if strings.HasPrefix(line, ":") {
			got.comments = append(got.comments, line[1:])
			continue
		}
		field, value := line, ""
		if colon := strings.Index(line, ":"); colon >= 0 {
			field, value = line[:colon], line[colon+1:]
			if strings.HasPrefix(value, " ") {
				value = value[1:]
			}
		}
		switch field {
		case "event":
			eventType = value
		case "data":
			data += value + "\n"
		case "id":
			if !strings.ContainsRune(value, 0) {
				id = value
			}
		case "retry":
			if milliseconds, ok := onlyDigits(value); ok {
				got.retry, got.hasRetry = milliseconds, true
			}
		}
	}
	return got
}

func onlyDigits(value string) (time.Duration, bool) {
	if value == "" || strings.Trim(value, "0123456789") != "" {
		return 0, false
	}
	value = strings.TrimLeft(value, "0")
	const longest = "9223372036854" // milliseconds in the longest Duration
	if len(value) > len(longest) || len(value) == len(longest) && value > longest {
		return math.MaxInt64 / time.Millisecond * time.Millisecond, true
	}
	milliseconds, _ := strconv.ParseInt("0"+value, 10, 64)
	return time.Duration(milliseconds) * time.Millisecond, true
}

// decodeUTF8 is the UTF-8 decoder of the Encoding standard, 8.1.1, byte by byte
// as it stands there, with errors replaced.
func decodeUTF8(input []byte) (output []rune) {
	var point rune
	seen, needed := 0, 0
	lower, upper := byte(0x80), byte(0xbf)
	for i := 0; i < len(input); i++ {
		b := input[i]
		if needed == 0 {
			switch {
			case b <= 0x7f:
				output = append(output, rune(b))
			case b >= 0xc2 && b <= 0xdf:
				needed, point = 1, rune(b&0x1f)
			case b >= 0xe0 && b <= 0xef:
				if b == 0xe0 {
					lower = 0xa0
				}
				if b == 0xed {
					upper = 0x9f
				}
				needed, point = 2, rune(b&0xf)
			case b >= 0xf0 && b <= 0xf4:
				if b == 0xf0 {
					lower = 0x90
				}
				if b == 0xf4 {
					upper = 0x8f
				}
				needed, point = 3, rune(b&0x7)
			default:
				output = append(output, '\ufffd')
			}
			continue
		}
		if b < lower || b > upper {
			point, needed, seen, lower, upper = 0, 0, 0, 0x80, 0xbf
			i-- // the byte is read again
			output = append(output, '\ufffd')
			continue
		}
		lower, upper = 0x80, 0xbf
		point = point<<6 | rune(b&0x3f)
		if seen++; seen == needed {
			output = append(output, point)
			point, needed, seen = 0, 0, 0
		}
	}
	if needed != 0 {
		output = append(output, '\ufffd')
	}
	return output
}

func TestParse(t *testing.T) {
	for _, test := range streams.Hostile {
		t.Run(test.Name, func(t *testing.T) {
			if got := parse(t, new(eventstream.Parser), []byte(test.Stream)); !slices.Equal(got.events, test.Want) {
				t.Errorf("got %q, want %q", got.events, test.Want)
			}
			if got := naive([]byte(test.Stream), ""); !slices.Equal(got.events, test.Want) {
				t.Errorf("the naive reading: got %q, want %q", got.events, test.Want)
			}
		})
	}
}

// TestParseCutAnywhere cuts each of the table's streams at every place, in every
// two places, and at every byte.
func TestParseCutAnywhere(t *testing.T) {
	for _, test := range streams.Hostile {
		stream := []byte(test.Stream)
		want := parse(t, new(eventstream.Parser), stream).String()
		for first := range len(stream) + 1 {
			for second := first; second <= len(stream); second++ {
				got := parse(t, new(eventstream.Parser), stream[:first], stream[first:second], stream[second:]).String()
				if got != want {
					t.Fatalf("%s, cut at %d and %d: got %s, want %s", test.Name, first, second, got, want)
				}
			}
		}
		if got := parse(t, new(eventstream.Parser), slices.Collect(slices.Chunk(stream, 1))...).String(); got != want {
			t.Errorf("%s, byte by byte: got %s, want %s", test.Name, got, want)
		}
	}
}

func TestReconnectionTime(t *testing.T) {
	const longest = math.MaxInt64 / time.Millisecond * time.Millisecond
	for _, test := range []struct {
		value string
		want  time.Duration
		set   bool
	}{
		{"1500", 1500 * time.Millisecond, true},
		{"0", 0, true},
		{"007", 7 * time.Millisecond, true},
		{"", 0, false},
		{" 5", 0, false},
		{"5 ", 0, false},
		{"-5", 0, false},
		{"+5", 0, false},
		{"5.0", 0, false},
		{"5e3", 0, false},
		{"٣", 0, false},
		{"9223372036854", longest, true},
		{"9223372036855", longest, true},
		{"18446744073709551616", longest, true},
		{strings.Repeat("9", 1000), longest, true},
	} {
		var p eventstream.Parser
		got := parse(t, &p, []byte("retry: "+test.value+"\n"))
		if got.retry != test.want || got.hasRetry != test.set {
			t.Errorf("%q: got %v, %t; want %v, %t", test.value, got.retry, got.hasRetry, test.want, test.set)
		}
	}
	var p eventstream.Parser
	if got := parse(t, &p, []byte("retry: 5\nretry: x\nretry:\n")); got.retry != 5*time.Millisecond {
		t.Errorf("got %v, want what was set before", got.retry)
	}
}

// TestAt holds of which events a reader is told that their data stand in the piece.
func TestAt(t *testing.T) {
	for _, test := range []struct {
		name   string
		pieces []string
		want   []int
	}{
		{"one line", []string{"data: a\n\nid: 1\ndata: b\n\n"}, []int{-1, 21}}, // the first line may begin with a byte order mark
		{"no space, CR", []string{"id: 1\ndata:a\n\ndata: b\r\rdata: c\r\n\r\n"}, []int{-1, 20, 29}},
		{"nothing in it", []string{"id: 1\ndata: \n\n"}, []int{12}},
		{"several lines", []string{"id: 1\ndata: a\ndata: b\n\ndata: c\n\n"}, []int{-1, 29}},
		{"cut in the line", []string{"id: 1\ndata: a", "b\n\ndata: c\n\n"}, []int{-1, 9}},
		{"cut behind it", []string{"id: 1\ndata: a\n", "\ndata: c\n\n"}, []int{-1, 7}},
		{"no UTF-8", []string{"id: 1\ndata: \xff\n\ndata: c\n\n"}, []int{-1, -1}},
		{"a character that is cut", []string{"id: 1\ndata: é\n\ndata: \xc3", "\xa9\n\ndata: é\n\n"}, []int{12, -1, 9}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p eventstream.Parser
			var got []int
			for _, piece := range test.pieces {
				if err := p.Parse([]byte(piece), func(r eventstream.Received) { got = append(got, r.At) }); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestLastEventID holds that an ID takes effect at the blank line and lives on
// over connections, and that what a cut block began does not.
func TestLastEventID(t *testing.T) {
	var p eventstream.Parser
	steps := []struct{ piece, want string }{
		{"id: 1\n", ""},
		{"\n", "1"},
		{"id: 2\ndata: x", "1"},
	}
	for _, step := range steps {
		parse(t, &p, []byte(step.piece))
		if got := p.LastEventID(); got != step.want {
			t.Errorf("after %q: got %q, want %q", step.piece, got, step.want)
		}
	}
	p.Restart(p.LastEventID())
	got := parse(t, &p, []byte("\ufeffdata: y\n\n"))
	if want := []string{"message|1|y"}; !slices.Equal(got.events, want) {
		t.Errorf("after the restart: got %q, want %q", got.events, want)
	}
	p.Restart("7")
	got = parse(t, &p, []byte("\n"))
	if got.lastEventID != "7" {
		t.Errorf("got %q, want the one that was set", got.lastEventID)
	}
}

func TestComments(t *testing.T) {
	got := parse(t, new(eventstream.Parser), []byte(": one\n:two\ndata: x\n:\n\n:\xff\n: never"))
	if want := []string{" one", "two", "", "\ufffd"}; !slices.Equal(got.comments, want) {
		t.Errorf("got %q, want %q", got.comments, want)
	}
}

func TestMaxEventSize(t *testing.T) {
	tests := map[string]string{
		"one line":                "data: " + strings.Repeat("x", 200),
		"many lines":              strings.Repeat("data: xxxx\n", 30),
		"a comment":               ":" + strings.Repeat("x", 200),
		"a type":                  "event: " + strings.Repeat("x", 200),
		"a finished line":         "data: " + strings.Repeat("x", 200) + "\n\n",
		"an event that would fit": "data: ok\n\ndata: " + strings.Repeat("x", 200),
	}
	for name, stream := range tests {
		for _, size := range []int{1, 7, len(stream)} {
			p := eventstream.Parser{MaxEventSize: 100}
			events := 0
			var err error
			for piece := range slices.Chunk([]byte(stream), size) {
				if err = p.Parse(piece, func(eventstream.Received) { events++ }); err != nil {
					break
				}
			}
			var tooLarge *eventstream.SizeError
			if !errors.As(err, &tooLarge) || tooLarge.Limit != 100 || !errors.Is(err, eventstream.ErrTooLarge) {
				t.Errorf("%s in pieces of %d: got %v, want a SizeError of 100", name, size, err)
			}
			if want := strings.Count(stream, "ok"); events != want {
				t.Errorf("%s in pieces of %d: got %d events before it, want %d", name, size, events, want)
			}
			if again := p.Parse([]byte("\n\ndata: x\n\n"), func(eventstream.Received) { events++ }); again != err {
				t.Errorf("%s: read on after the error: %v", name, again)
			}
			p.Restart("")
			if got := parse(t, &p, []byte("data: x\n\n")); len(got.events) != 1 {
				t.Errorf("%s: after a restart got %q", name, got.events)
			}
		}
	}
	p := eventstream.Parser{MaxEventSize: 100}
	if got := parse(t, &p, []byte(strings.Repeat("data: xxxxxxxxxx\n\n", 100))); len(got.events) != 100 {
		t.Errorf("the limit is not for each event by itself: got %d of 100", len(got.events))
	}
}

// TestMaxEventSizeOfInvalidUTF8 holds that the limit is for what the data are made,
// however the stream is cut.
func TestMaxEventSizeOfInvalidUTF8(t *testing.T) {
	stream := []byte("\ndata: " + strings.Repeat("\xff", 30) + "\ndata: " + strings.Repeat("x", 30) + "\n\n")
	for first := range len(stream) {
		for _, limit := range []int{126, 127} { // 91 of data and a line of 36
			p := eventstream.Parser{MaxEventSize: limit}
			events := 0
			dispatch := func(eventstream.Received) { events++ }
			err := p.Parse(stream[:first], dispatch)
			if err == nil {
				err = p.Parse(stream[first:], dispatch)
			}
			if fits := limit == 127; fits != (err == nil) || fits != (events == 1) {
				t.Errorf("cut at %d, with a limit of %d: got %d events and %v", first, limit, events, err)
			}
		}
	}
}

// TestMaxEventSizeCutAnywhere holds that a stream fails behind the same event
// however it is cut.
func TestMaxEventSizeCutAnywhere(t *testing.T) {
	parts := []string{"data: ", "data:", "data", "id: ", "event: a", "event: b", "retry: 5\n", "\n", "\n", "\r", "\r\n", "\n\n", ":",
		"x", "xxxxx", "é", "€", "\xff\xff\xff", "\xe2\x82", "\x80", "\x00", "\ufeff"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var stream []byte
		for range 1 + random.IntN(60) {
			stream = append(stream, parts[random.IntN(len(parts))]...)
		}
		stream = append(stream, "\n\n"...)
		limit, cut := 1+random.IntN(60), 1+random.IntN(30)
		read := func(size int) string {
			p := eventstream.Parser{MaxEventSize: limit}
			var events []string
			for piece := range slices.Chunk(bytes.Clone(stream), size) {
				err := p.Parse(piece, func(r eventstream.Received) {
					events = append(events, r.Type+"|"+string(r.ID)+"|"+string(r.Data))
				})
				clear(piece)
				if err != nil {
					return fmt.Sprintf("%q %v", events, err)
				}
			}
			return fmt.Sprintf("%q", events)
		}
		want := read(1)
		for _, size := range []int{cut, len(stream)} {
			if got := read(size); got != want {
				t.Fatalf("%q in pieces of %d, with a limit of %d:\ngot  %s\nwant %s", stream, size, limit, got, want)
			}
		}
	}
}

// hostile are streams that take quadratic time, or an allocation a line, of a
// reader that is not made for them. Each is read whole and in pieces.
func hostile(n int) map[string][]byte {
	return map[string][]byte{
		"one long line":     []byte("data: " + strings.Repeat("x", n) + "\n\n"),
		"blank lines":       bytes.Repeat([]byte("\n"), n),
		"blank lines of CR": bytes.Repeat([]byte("\r"), n),
		"CRLF":              bytes.Repeat([]byte("\r\n"), n/2),
		"ids":               bytes.Repeat([]byte("id: 12345\n"), n/10),
		"ids with ends":     bytes.Repeat([]byte("id: 12345\n\n"), n/11),
		"one long id":       []byte("id: " + strings.Repeat("x", n/2) + "\n\n" + strings.Repeat(":\n", n/4)),
		"ids of CR":         bytes.Repeat([]byte("id: 12345\r"), n/10),
		"LF then CR":        append(bytes.Repeat([]byte("\n"), n/2), bytes.Repeat([]byte("\r"), n/2)...),
		"CR then LF":        append(bytes.Repeat([]byte("\r"), n/2), bytes.Repeat([]byte("\n"), n/2)...),
		"short data":        bytes.Repeat([]byte("data\n"), n/5),
		"colons":            bytes.Repeat([]byte(":\n"), n/2),
		"one long comment":  []byte(":" + strings.Repeat(":", n)),
		"invalid bytes":     []byte("data: " + strings.Repeat("\xe2\x82", n/2) + "\n\n"),
		"invalid lines":     bytes.Repeat([]byte("id: \xff\n"), n/6),
		"retries":           bytes.Repeat([]byte("retry: 99999999999999999999\n"), n/28),
	}
}

// TestAllocations holds that reading lines allocates nothing, and events nothing
// but what their buffers once need.
func TestAllocations(t *testing.T) {
	const n = 1 << 16
	for name, stream := range hostile(n) {
		for _, size := range []int{1, 100, len(stream)} {
			var p eventstream.Parser
			read := func() {
				for piece := range slices.Chunk(stream, size) {
					if err := p.Parse(piece, func(eventstream.Received) {}); err != nil {
						t.Fatal(err)
					}
				}
				p.Restart("")
			}
			read() // the buffers grow once
			if got := testing.AllocsPerRun(3, read); got > 4 {
				t.Errorf("%s in pieces of %d: %v allocations for %d bytes", name, size, got, len(stream))
			}
		}
	}
	var p eventstream.Parser
	events := bytes.Repeat([]byte("event: price\nid: 7\ndata: {\"bid\":1.5}\n\n"), 1000)
	got := testing.AllocsPerRun(3, func() {
		if err := p.Parse(events, func(eventstream.Received) {}); err != nil {
			t.Fatal(err)
		}
	})
	if got > 1 {
		t.Errorf("%v allocations for 1000 events", got)
	}
}

// TestLongTypesAreNotKept holds that a parser does not go on holding event types as
// large as an event may be.
func TestLongTypesAreNotKept(t *testing.T) {
	const count, size = 26, 1 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var p eventstream.Parser
	for i := range count {
		stream := []byte("event: " + strings.Repeat("x", size) + string(rune('a'+i)) + "\ndata: x\n\n")
		if got := parse(t, &p, stream); len(got.events) != 1 {
			t.Fatalf("got %d events", len(got.events))
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4*size {
		t.Errorf("%d bytes are kept after %d types of %d", grown, count, size)
	}
	runtime.KeepAlive(&p)
}

// BenchmarkParse shows that the time for each byte does not grow with the length
// of the stream: compare the sizes of one kind.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1 << 16, 1 << 20, 1 << 24} {
		for name, stream := range hostile(n) {
			for _, size := range []int{1, 4096, len(stream)} {
				b.Run(fmt.Sprintf("%s/%d/pieces of %d", name, n, size), func(b *testing.B) {
					b.SetBytes(int64(len(stream)))
					for b.Loop() {
						p := eventstream.Parser{MaxEventSize: 1 << 30}
						for piece := range slices.Chunk(stream, size) {
							if err := p.Parse(piece, func(eventstream.Received) {}); err != nil {
								b.Fatal(err)
							}
						}
					}
				})
			}
		}
	}
}

// TestUsualBlocksByByte changes every byte of usual blocks to every other, and puts
// what matters between any two.
func TestUsualBlocksByByte(t *testing.T) {
	const blocks = ":\nevent: price\nid: 17\ndata: 1\n\nevent: price\nid: \ndata: \n\nid: 19\nevent: price\ndata: é\n\ndata: 4\n\n"
	check := func(stream string) {
		t.Helper()
		if got, want := parse(t, new(eventstream.Parser), []byte(stream)).String(), naive([]byte(stream), "").String(); got != want {
			t.Fatalf("%q:\ngot  %s\nwant %s", stream, got, want)
		}
	}
	for i := range blocks {
		for c := range 256 {
			check(blocks[:i] + string([]byte{byte(c)}) + blocks[i+1:])
		}
		for _, more := range []string{"\r", "\n", "\r\n", "\x00", ":", " ", "\ufeff", "\xff", "id: 8\n", "event: x\n", "event: \n"} {
			check(blocks[:i] + more + blocks[i:])
		}
	}
}

// FuzzParse compares the parser, fed in pieces cut by a seed, with the naive
// reading of the whole.
func FuzzParse(f *testing.F) {
	for _, test := range streams.Hostile {
		f.Add([]byte(test.Stream), uint64(1), "")
	}
	f.Add([]byte("retry: 5\nid\n\nid: 9"), uint64(2), "before")
	f.Add([]byte("retry:0559\n"), uint64(1), "")
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64, lastEventID string) {
		if strings.ContainsAny(lastEventID, "\x00\r\n") || strings.ToValidUTF8(lastEventID, "") != lastEventID {
			return // no stream can have left it
		}
		want := naive(stream, lastEventID).String()
		random := rand.New(rand.NewPCG(seed, 0))
		var pieces [][]byte
		for rest := stream; len(rest) > 0; {
			size := 1 + random.IntN(min(len(rest), 1+random.IntN(20)))
			pieces = append(pieces, rest[:size])
			rest = rest[size:]
		}
		for _, pieces := range [][][]byte{{stream}, pieces} {
			var p eventstream.Parser
			p.Restart(lastEventID)
			if got := parse(t, &p, pieces...).String(); got != want {
				t.Errorf("pieces %q\ngot  %s\nwant %s", pieces, got, want)
			}
		}
	})
}

func ExampleParser() {
	var p eventstream.Parser
	for _, piece := range []string{"id: 7\nevent: pri", "ce\nda", "ta: 1.5\n\n"} {
		err := p.Parse([]byte(piece), func(r eventstream.Received) {
			fmt.Printf("%s %s %s\n", r.Type, r.ID, r.Data)
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output: price 7 1.5
}
