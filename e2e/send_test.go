//go:build !js

package e2e

import (
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

func TestSend(t *testing.T) {
	type quote struct {
		Bid  float64
		Name string `json:"name"`
	}
	const price eventstream.EventType[quote] = "price"
	tests := []struct {
		name string
		send func(*Conn)
		want string
	}{
		{"typed event", func(c *Conn) { Send(c, price, "7", quote{1.5, "a\r\nb<é>"}) },
			"event: price\nid: 7\ndata: {\"Bid\":1.5,\"name\":\"a\\r\\nb\\u003cé\\u003e\"}\n\n"},
		{"typed event without type and ID", func(c *Conn) { Send(c, eventstream.EventType[int](""), "", 0) }, "data: 0\n\n"},
		{"nil", func(c *Conn) { Send[[]int](c, "n", "", nil) }, "event: n\ndata: null\n\n"},
		{"messages", func(c *Conn) {
			c.Send(eventstream.Message{ID: "1", Data: []byte("a\nb")}, eventstream.Message{Comment: "x"})
		}, "id: 1\ndata: a\ndata: b\n\n: x\n\n"},
		{"comment", func(c *Conn) { c.Comment("still\r\nhere") }, ": still\n: here\n\n"},
		{"empty comment", func(c *Conn) { c.Comment("") }, ":\n\n"},
		{"retry", func(c *Conn) { c.Retry(1500*time.Millisecond + 1) }, "retry: 1501\n\n"},
		{"raw", func(c *Conn) { c.Raw("\xffretry: 0\r\r") }, "\xffretry: 0\r\r"},
	}
	site := Serve(t, App{})
	stream := site.Stream("/events")
	answers := get(t, site.URL("/events"), nil)
	conn := stream.Accept(t.Context())
	conn.Open()
	body := (<-answers).mustBody(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.send(conn)
			expect(t, body, test.want)
		})
	}
}
