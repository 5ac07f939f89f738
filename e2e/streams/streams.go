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
	{"lines", "data: a\ndata: b\n\n", []string{"message||a\nb"}},
	{"lines by CR", "data: a\rdata: b\r\rdata: c\r\r", []string{"message||a\nb", "message||c"}},
	{"lines by CRLF", "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", []string{"message||a\nb", "message||c"}},
	{"mixed", "data: a\rdata: b\r\ndata: c\n\r", []string{"message||a\nb\nc"}},
	{"each ending ends a block", "data: a\r\rdata: b\n\ndata: c\r\n\r\ndata: d\n\r\n", []string{
		"message||a", "message||b", "message||c", "message||d"}},
	{"LF CR is two ends", "data: x\n\rdata: y\n\r", []string{"message||x", "message||y"}},
	{"CR CR LF is two ends", "data: x\r\r\ndata: y\n\n", []string{"message||x", "message||y"}},
	{"byte order mark", "\ufeffdata: x\n\n", []string{"message||x"}},
	{"one byte order mark only", "\ufeff\ufeffdata: x\n\ndata: y\n\n", []string{"message||y"}},
	{"byte order mark later", "data: x\n\n\ufeffdata: y\n\n", []string{"message||x"}},
	{"byte order mark in data", "\ufeffdata: \ufeffx\n\ndata: \ufeff\n\n", []string{"message||\ufeffx", "message||\ufeff"}},
	{"byte order mark before a comment", "\ufeff: hello\ndata:\n\n", []string{"message||"}},
	{"byte order mark before each field", "\ufeffevent: price\nid: 1\ndata: a\ndata: b\n\n", []string{"price|1|a\nb"}},
	{"byte order mark before a blank line", "\ufeff\ndata: x\n\n", []string{"message||x"}},
	{"half a byte order mark", "\xef\xbbdata: x\n\ndata: y\n\n", []string{"message||y"}},
	{"no colon", "data\n\n", []string{"message||"}},
	{"no colon twice", "data\ndata\n\n", []string{"message||\n"}},
	{"empty data", "data:\n\n", []string{"message||"}},
	{"empty lines of data", "data:\ndata: a\ndata:\ndata: b\ndata:\n\n", []string{"message||\na\n\nb\n"}},
	{"one space", "data: \n\n", []string{"message||"}},
	{"two spaces", "data:  x\n\n", []string{"message|| x"}},
	{"tab", "data:\tx\n\n", []string{"message||\tx"}},
	{"spaces after the value", "data: x  \n\n", []string{"message||x  "}},
	{"spaces for all fields", "event:  a\ndata:  x\n\nevent:price\nid:1\ndata:x\n\n", []string{" a|| x", "price|1|x"}},
	{"space before the colon", "data : x\n\n", nil},
	{"space before the name", " data: x\n\n data: y\ndata: z\n\n", []string{"message||z"}},
	{"name and more", "datax: 1\ndat: 2\ndata-x: 3\ndata_4\ndata\x00: 5\ndata: x\n\n", []string{"message||x"}},
	{"case", "Data: x\nDATA: y\n\n", nil},
	{"colon in the value", "data: a:b: c\n\n", []string{"message||a:b: c"}},
	{"unknown field", "what: ever\ndata: x\n\n", []string{"message||x"}},
	{"text without a field", "just some text\ndata: x\nand more\n\n", []string{"message||x"}},
	{"fields in another order", "data: x\nid: 1\nevent: price\n\n", []string{"price|1|x"}},
	{"comment", ": hello\n:\ndata: x\n:again\n\n", []string{"message||x"}},
	{"comment that looks like a field", ":data: x\n:\x00\ndata: y\r:data: z\r\n\n", []string{"message||y"}},
	{"type", "event: price\ndata: x\n\n", []string{"price||x"}},
	{"type twice", "event: a\nevent: b\ndata: x\n\n", []string{"b||x"}},
	{"type is for one event", "event: a\ndata: x\n\ndata: y\n\n", []string{"a||x", "message||y"}},
	{"type emptied", "event: a\nevent\ndata: x\n\n", []string{"message||x"}},
	{"type of nothing", "event: \ndata: x\n\nevent:\ndata: y\n\n", []string{"message||x", "message||y"}},
	{"type without data", "event: a\n\ndata: x\n\n", []string{"message||x"}},
	{"id", "id: 1\ndata: x\n\ndata: y\n\n", []string{"message|1|x", "message|1|y"}},
	{"id without data", "id: 1\n\ndata: x\n\n", []string{"message|1|x"}},
	{"id reset", "id: 1\ndata: x\n\nid\ndata: y\n\n", []string{"message|1|x", "message||y"}},
	{"id reset by an empty value", "id: 1\ndata: x\n\nid: \ndata: y\n\ndata: z\n\n", []string{"message|1|x", "message||y", "message||z"}},
	{"id changed", "id: 1\ndata: x\n\nid: 2\ndata: y\n\ndata: z\n\n", []string{"message|1|x", "message|2|y", "message|2|z"}},
	{"id twice", "id: 1\nid: 2\ndata: x\n\n", []string{"message|2|x"}},
	{"id of an unfinished block", "id: 1\ndata: x\n\nid: 2\ndata: y\n", []string{"message|1|x"}},
	{"id with NUL", "id: 1\ndata: x\n\nid: 2\x003\ndata: y\n\n", []string{"message|1|x", "message|1|y"}},
	{"id that is a NUL", "id: \x00\ndata: x\n\nid: 1\x00\ndata: y\n\n", []string{"message||x", "message||y"}},
	{"id of any characters", "id: größe ☃ 🙂\ndata: x\n\n", []string{"message|größe ☃ 🙂|x"}},
	{"id with spaces", "id:  1 \ndata: x\n\n", []string{"message| 1 |x"}},
	{"retry is no event", "retry: 1\n\nretry: x\n\nretry\n\nretry: 1\ndata: x\n\n", []string{"message||x"}},
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
