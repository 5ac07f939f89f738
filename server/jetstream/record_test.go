package jetstream

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/runnel-go/runnel/server"
)

// FuzzRecord: what is put into a message comes out again, and no header is
// anything but what this package put there, however it is read.
func FuzzRecord(f *testing.F) {
	f.Add("price", "fx.EUR", "id-1", []byte("data: 1\n"))
	f.Add("", "", "", []byte{})
	f.Add("a\r\nNats-Rollup: all", "\x00\xff%", "%0D%0A", []byte("\r\n\r\n"))
	f.Add(" ", "é\u2028", "\n", []byte(nil))
	f.Fuzz(func(t *testing.T, typ, subject, id string, block []byte) {
		want := server.Record{Number: 7, Type: typ, Subject: subject, MessageID: id, Block: block}
		m := encode("s", &want)
		if m.Subject != "s" {
			t.Errorf("subject: got %q", m.Subject)
		}
		lines := 0
		for name, values := range m.Header {
			if len(values) != 1 || values[0] == "" {
				t.Errorf("header %s: got %q", name, values)
			}
			for _, c := range []byte(values[0]) {
				if c <= ' ' || c >= 0x7f {
					t.Errorf("header %s: got %q", name, values[0])
				}
			}
			lines++
		}
		// As it goes over the wire: the status line, the headers, a blank line.
		var wire bytes.Buffer
		wire.WriteString("NATS/1.0\r\n")
		for name, values := range m.Header {
			wire.WriteString(name + ": " + values[0] + "\r\n")
		}
		wire.WriteString("\r\n")
		if got := strings.Count(wire.String(), "\n"); got != lines+2 {
			t.Errorf("lines: got %d, want %d", got, lines+2)
		}
		header, err := nats.DecodeHeadersMsg(wire.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(7, &nats.Msg{Header: header, Data: block})
		if err != nil || !same([]server.Record{got}, []server.Record{want}) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	})
}

func TestDecodeForeign(t *testing.T) {
	if _, err := decode(1, &nats.Msg{Header: nats.Header{typeHeader: {"100%"}}}); err == nil {
		t.Error("got no error")
	}
}
