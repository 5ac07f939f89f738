//go:build !js

package e2e

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestNetworkLog reads what a test's server notes of each way to answer.
func TestNetworkLog(t *testing.T) {
	t.Parallel()
	site := Serve(t, App{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "not shown")
		w.(http.Flusher).Flush()
	})})
	stream := site.Stream("/events")
	open := func(lastEventID string) (*Conn, io.Reader) {
		answer := get(t, site.URL("/events?q=1"), http.Header{"Last-Event-ID": {lastEventID}})
		conn := stream.Accept(t.Context())
		conn.Open()
		return conn, (<-answer).mustBody(t)
	}
	io.ReadAll((<-get(t, site.URL("/other"), nil)).mustBody(t))
	conn, _ := open("7")
	conn.Send(eventstream.Message{ID: "8", Data: []byte("first")})
	conn.End()
	conn, _ = open("8")
	conn.SplitEveryByte()
	conn.Raw("data: " + strings.Repeat("x", 2*maxWriteText) + "\n\n")
	conn.Cut()
	conn, _ = open("8")
	conn.Raw(":\n\n")
	conn.Reset()
	site.Down()
	site.Up()
	answer := get(t, site.URL("/events"), nil)
	conn = stream.Accept(t.Context())
	conn.RawHead("HTTP/1.1 200 OK\r\n\r\n")
	(<-answer).mustBody(t)
	stream.Refuse(Response{Status: 503})
	<-get(t, site.URL("/events"), nil)

	got := site.log.text()
	for _, want := range []string{
		`GET http://127\.0\.0\.1:\d+/other\n +200 text/plain, 9 bytes within \S+s\n`,
		`GET http://127\.0\.0\.1:\d+/events\?q=1 \(Last-Event-ID "7"\)\n +200 text/event-stream, 19 bytes\n` +
			`[ .\d]+sent "id: 8\\ndata: first\\n\\n"\n[ .\d]+ended by the server\n`,
		`\(Last-Event-ID "8"\)\n +200 text/event-stream, 520 bytes\n[ .\d]+sent "d[^\n]*\n` +
			`(?:[ .\d]+sent [^\n]*\n)*[ .\d]+cut by the server\n`, // as many lines as it took time
		`sent ":\\n\\n"\n[ .\d]+reset by the server\n`,
		`\(the server goes down\)\n[ .\d]+\(the server comes up\)\n`,
		`the connection itself, without HTTP, 19 bytes\n[ .\d]+sent "HTTP/1.1 200 OK\\r\\n\\r\\n"\n +still open\n`,
		`/events\n +503, 0 bytes within \S+s\n`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("got\n%s\nwant in it %s", got, want)
		}
	}
}

// TestNetworkLogJoins sends what belongs together and what does not.
func TestNetworkLogJoins(t *testing.T) {
	log := &netlog{start: time.Now()}
	x := log.add("request")
	x.begin(200, "text/event-stream")
	x.sent([]byte("first"))
	x.writes[0].at += time.Hour // soon after, however slow the machine
	x.sent([]byte(" and"))
	x.sent([]byte(" more"))
	x.writes[0].at -= time.Hour + 2*joinedWithin
	x.sent([]byte("second"))
	got := log.text()
	if want := regexp.MustCompile(`sent "first and more" \(14 bytes in 3 writes\)\n[ .\d]+sent "second"\n`); !want.MatchString(got) {
		t.Errorf("got\n%s\nwant in it %s", got, want)
	}
}

// TestNetworkLogIsBounded writes more than is kept.
func TestNetworkLogIsBounded(t *testing.T) {
	log := &netlog{start: time.Now()}
	for range 2 * maxExchanges {
		x := log.add("request")
		x.begin(200, "text/event-stream")
		for range 2 * maxWrites {
			x.sent([]byte(strings.Repeat("x", 2*maxWriteText)))
			x.writes[len(x.writes)-1].at -= 2 * joinedWithin // as if a while had passed
		}
	}
	got := log.text()
	if size := len(got); size > maxExchanges*maxWrites*(maxWriteText+100) {
		t.Errorf("got %d bytes", size)
	}
	for _, part := range []string{"(200 earlier entries left out)", "(200 earlier writes left out)", `x"… (512 bytes in 1 writes)`} {
		if !strings.Contains(got, part) {
			t.Errorf("got %.300q, want %q in it", got, part)
		}
	}
}
