//go:build !js

package e2e

import (
	"context"
	"encoding/json"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Send sends v as an event of type typ, encoded by [encoding/json] as a server
// of package server does it, in one write. An id of "" leaves the client's last
// event ID as it was. Like [Conn.Send] it fails the test where the event cannot
// be sent, a v that has no JSON included.
func Send[T any](c *Conn, typ eventstream.EventType[T], id string, v T) {
	c.stream.site.t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		c.stream.site.t.Fatalf("e2e: %s: encoding a %q event: %v", c, typ.Name(), err)
	}
	c.Send(eventstream.Message{Type: string(typ), ID: id, Data: data})
}

// Send sends each message as [eventstream.Message] encodes it, one write each.
func (c *Conn) Send(messages ...eventstream.Message) {
	c.stream.site.t.Helper()
	for _, m := range messages {
		block, err := m.AppendText(nil)
		c.must(err)
		c.must(c.WriteContext(context.Background(), block))
	}
}

// Comment sends a comment, a line for each line of text: what a server sends to
// show that it is there. An empty text sends a colon.
func (c *Conn) Comment(text string) {
	c.stream.site.t.Helper()
	if text == "" {
		c.Raw(":\n\n")
		return
	}
	c.Send(eventstream.Message{Comment: text})
}

// Retry sets the client's reconnection time, in whole milliseconds rounded up.
// It must be above zero: "retry: 0" can be sent by [Conn.Raw].
func (c *Conn) Retry(after time.Duration) {
	c.stream.site.t.Helper()
	if after <= 0 {
		c.stream.site.t.Fatalf("e2e: %s: reconnection time %v: it must be above zero", c, after)
	}
	c.Send(eventstream.Message{Retry: after})
}

// Raw sends text as it stands, in one write.
func (c *Conn) Raw(text string) {
	c.stream.site.t.Helper()
	c.must(c.WriteContext(context.Background(), []byte(text)))
}
