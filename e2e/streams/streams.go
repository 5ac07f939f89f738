// Package streams holds event streams that are hard to read rightly, for the tests
// of whatever reads them. Runnel's parser is held to them, and so is the browser's.
package streams

// Case is a stream and what a reader dispatches for it by the standard (HTML
// standard, 9.2.6), when the stream has ended.
type Case struct {
	Name   string
	Stream string
	// Want is the events, each as "type|last event ID|data". The reader's last
	// event ID is empty before.
	Want []string
}

// Hostile is the cases.
var Hostile = []Case{
	{"one", "data: x\n\n", []string{"message||x"}},
	{"CR", "data: x\r\r", []string{"message||x"}},
	{"CRLF", "data: x\r\n\r\n", []string{"message||x"}},
	{"mixed", "data: a\rdata: b\r\ndata: c\n\r", []string{"message||a\nb\nc"}},
	{"LF CR is two ends", "data: x\n\rdata: y\n\r", []string{"message||x", "message||y"}},
	{"CR CR LF is two ends", "data: x\r\r\ndata: y\n\n", []string{"message||x", "message||y"}},
	{"byte order mark", "\ufeffdata: x\n\n", []string{"message||x"}},
	{"one byte order mark only", "\ufeff\ufeffdata: x\n\ndata: y\n\n", []string{"message||y"}},
	{"byte order mark later", "data: x\n\n\ufeffdata: y\n\n", []string{"message||x"}},
	{"byte order mark before a blank line", "\ufeff\ndata: x\n\n", []string{"message||x"}},
	{"half a byte order mark", "\xef\xbbdata: x\n\ndata: y\n\n", []string{"message||y"}},
	{"no colon", "data\n\n", []string{"message||"}},
	{"no colon twice", "data\ndata\n\n", []string{"message||\n"}},
	{"empty data", "data:\n\n", []string{"message||"}},
	{"one space", "data: \n\n", []string{"message||"}},
	{"two spaces", "data:  x\n\n", []string{"message|| x"}},
	{"tab", "data:\tx\n\n", []string{"message||\tx"}},
	{"space before the colon", "data : x\n\n", nil},
	{"case", "Data: x\nDATA: y\n\n", nil},
	{"colon in the value", "data: a:b: c\n\n", []string{"message||a:b: c"}},
	{"unknown field", "what: ever\ndata: x\n\n", []string{"message||x"}},
	{"comment", ": hello\n:\ndata: x\n:again\n\n", []string{"message||x"}},
	{"type", "event: price\ndata: x\n\n", []string{"price||x"}},
	{"type twice", "event: a\nevent: b\ndata: x\n\n", []string{"b||x"}},
	{"type is for one event", "event: a\ndata: x\n\ndata: y\n\n", []string{"a||x", "message||y"}},
	{"type emptied", "event: a\nevent\ndata: x\n\n", []string{"message||x"}},
	{"type without data", "event: a\n\ndata: x\n\n", []string{"message||x"}},
	{"id", "id: 1\ndata: x\n\ndata: y\n\n", []string{"message|1|x", "message|1|y"}},
	{"id without data", "id: 1\n\ndata: x\n\n", []string{"message|1|x"}},
	{"id reset", "id: 1\ndata: x\n\nid\ndata: y\n\n", []string{"message|1|x", "message||y"}},
	{"id with NUL", "id: 1\ndata: x\n\nid: 2\x003\ndata: y\n\n", []string{"message|1|x", "message|1|y"}},
	{"id with spaces", "id:  1 \ndata: x\n\n", []string{"message| 1 |x"}},
	{"unfinished line", "data: x\n\ndata: y", []string{"message||x"}},
	{"unfinished block", "data: x\n\ndata: y\n", []string{"message||x"}},
	{"unfinished CR", "data: x\r", nil},
	{"characters", "data: é☃🙂\n\n", []string{"message||é☃🙂"}},
	{"not UTF-8", "data: a\xffb\xc3\n\n", []string{"message||a\ufffdb\ufffd"}},
	{"sequences cut short", "data: \xe2\x82 \xf0\x9f\x98 \xe2A\n\n", []string{"message||\ufffd \ufffd \ufffdA"}},
	{"too long and surrogates", "data: \xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xf5\n\n",
		[]string{"message||\ufffd\ufffd \ufffd\ufffd\ufffd \ufffd\ufffd\ufffd\ufffd \ufffd"}},
	{"NUL in data and type", "event: a\x00\ndata: \x00\n\n", []string{"a\x00||\x00"}},
	{"blank lines", "\n\n\r\r\n\ndata: x\n\n\n\n", []string{"message||x"}},
	{"other separators", "data: a\u2028b\u0085c\vd\fe\n\n", []string{"message||a\u2028b\u0085c\vd\fe"}},
}
