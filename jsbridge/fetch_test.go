//go:build js && wasm

package jsbridge

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// answering returns a path of the test runner's that answers with a status and
// a body.
func answering(status, body, more string) string {
	return "/stream?status=" + status + "&body=" + base64.RawURLEncoding.EncodeToString([]byte(body)) + more
}

// arrivals is what the runner has seen under a key.
type arrivals struct {
	Open     int
	Requests []struct {
		Method string
		Header map[string][]string
		Body   string
	}
}

func arrivedAt(t *testing.T, key string) (arrived arrivals) {
	t.Helper()
	response := fetched(t, Request{URL: "/requests?key=" + key, Cache: "no-store"})
	if err := json.NewDecoder(response.Body).Decode(&arrived); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return arrived
}

// awaitLeft waits until the runner has seen every connection under a key end.
// That is at once, but for a request that is aborted in the moment after
// something of it has arrived: Chromium then gives the server five seconds to
// end, and one of its six connections is taken for as long.
func awaitLeft(t *testing.T, key string) {
	t.Helper()
	for deadline := time.Now().Add(timescale.Bound(time.Minute)); ; time.Sleep(time.Millisecond) {
		open := arrivedAt(t, key).Open
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server still has %d responses open", open)
		}
	}
}

func fetched(t *testing.T, r Request) *Response {
	t.Helper()
	response, err := Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// elsewhere returns the runner's URL at an origin that is not the tests'.
func elsewhere(path string) string {
	return strings.Replace(os.Getenv("WASMTEST_ORIGIN"), "127.0.0.1", "runner.localhost", 1) + path
}

// expectNothingLeft fails a test that leaves a callback, a goroutine, a
// rejection that nobody handles or an error on the console behind.
func expectNothingLeft(t *testing.T) {
	t.Helper()
	time.Sleep(time.Millisecond) // the runtime's own goroutine for callbacks comes with the first
	before, goroutines := Live(), runtime.NumGoroutine()
	complaints := hearComplaints(t)
	t.Cleanup(func() {
		awaitLive(t, before)
		for deadline := time.Now().Add(timescale.Bound(time.Minute)); runtime.NumGoroutine() > goroutines; {
			if time.Now().After(deadline) {
				stacks := make([]byte, 64<<10)
				t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), goroutines, stacks[:runtime.Stack(stacks, true)])
			}
			time.Sleep(time.Millisecond)
		}
		for _, complaint := range complaints() {
			t.Errorf("the browser complains: %s", complaint)
		}
	})
}

// hearComplaints queues what the program would find on the browser's console.
func hearComplaints(t *testing.T) (end func() []string) {
	t.Helper()
	queue, push, err := newQueue()
	if err != nil {
		t.Fatal(err)
	}
	console, err := global("console")
	if err != nil {
		t.Fatal(err)
	}
	log, err := console.Get("error")
	if err != nil {
		t.Fatal(err)
	}
	if err := console.Set("error", push); err != nil {
		t.Fatal(err)
	}
	if _, err := safejs.Global().Call("addEventListener", "unhandledrejection", push); err != nil {
		t.Fatal(err)
	}
	return func() (complaints []string) {
		time.Sleep(5 * time.Millisecond) // a rejection is reported in a later turn
		_ = console.Set("error", log)
		_, _ = safejs.Global().Call("removeEventListener", "unhandledrejection", push)
		length, _ := queue.Length()
		for i := range length {
			complaint, _ := queue.Index(i)
			if reason, err := complaint.Get("reason"); err == nil && !reason.IsUndefined() {
				complaint = reason
			}
			complaints = append(complaints, errorOf(complaint).Error())
		}
		return complaints
	}
}

func TestPost(t *testing.T) {
	tests := []struct {
		name   string
		url    string
		status int
		body   string
	}{
		{"answered", answering("200", "héllo", ""), 200, "héllo"},
		{"empty", answering("200", "", ""), 200, ""},
		{"no content", answering("204", "", ""), 204, ""},
		{"refused", answering("404", "no such tab", ""), 404, "no such tab"},
		{"failed", answering("500", "", ""), 500, ""},
		{"large", answering("200", "0123456789", "&repeat=100000"), 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := Live()
			status, body, err := Post(t.Context(), test.url, "text/plain", []byte("x"))
			if err != nil || status != test.status {
				t.Fatalf("got %d, %v, want %d", status, err, test.status)
			}
			if test.name == "large" {
				if len(body) != 1_000_000 {
					t.Errorf("got %d bytes, want 1000000", len(body))
				}
			} else if string(body) != test.body {
				t.Errorf("got %q, want %q", body, test.body)
			}
			if after := Live(); after != before {
				t.Errorf("got %+v alive, want %+v", after, before)
			}
		})
	}
}

// TestPostArrives looks at the request as the runner got it.
func TestPostArrives(t *testing.T) {
	sent := "{\"text\": \"wave 🌊\", \"zero\": \"\x00\"}"
	if _, _, err := Post(t.Context(), "/stream?key=post-arrives", "application/json", []byte(sent)); err != nil {
		t.Fatal(err)
	}
	got := arrivedAt(t, "post-arrives").Requests
	if len(got) != 1 {
		t.Fatalf("got %d requests, want 1: %+v", len(got), got)
	}
	if got[0].Method != "POST" || got[0].Body != sent || got[0].Header["Content-Type"][0] != "application/json" {
		t.Errorf("got %+v, want the body %q", got[0], sent)
	}
}

func TestPostErrors(t *testing.T) {
	tests := []struct {
		name        string
		url         string
		contentType string
	}{
		{"bad URL", "http://[", "text/plain"},
		{"blocked port", "http://127.0.0.1:9/", "text/plain"},
		{"bad content type", "/stream", "line\nbreak"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := Live()
			_, _, err := Post(t.Context(), test.url, test.contentType, nil)
			if !errors.Is(err, &Error{Name: "TypeError"}) {
				t.Errorf("got %v, want a TypeError", err)
			}
			if after := Live(); after != before {
				t.Errorf("got %+v alive, want %+v", after, before)
			}
		})
	}
}

func TestPostCancel(t *testing.T) {
	cause := errors.New("enough")
	tests := []struct {
		name   string
		url    string
		cancel func(cancel func())
	}{
		{"before", "/stream", func(cancel func()) { cancel() }},
		{"while sending", "/stream?hold=1", func(cancel func()) { go cancel() }},
		{"while reading", "/stream?hold=1&body=eA", func(cancel func()) {
			go func() {
				// Many turns later the headers are there, and the body is not.
				for range 200 {
					_ = NextTurn(context.Background())
				}
				cancel()
			}()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := Live()
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan struct{})
			test.cancel(func() {
				cancel(cause)
				close(done)
			})
			status, body, err := Post(ctx, test.url, "text/plain", []byte("x"))
			if !errors.Is(err, cause) {
				t.Errorf("got %d, %q, %v, want the cause", status, body, err)
			}
			<-done
			if after := Live(); after != before {
				t.Errorf("got %+v alive, want %+v", after, before)
			}
		})
	}
}

func TestFetch(t *testing.T) {
	origin := os.Getenv("WASMTEST_ORIGIN")
	stream := answering("200", "data: héllo\n\n", "")
	tests := []struct {
		name    string
		request Request
		want    Response
		body    string
	}{
		{"relative", Request{URL: stream}, Response{Status: 200, URL: origin + stream, Type: "basic"}, "data: héllo\n\n"},
		{"refused", Request{URL: answering("503", "later", "")}, Response{Status: 503, URL: origin + answering("503", "later", ""), Type: "basic"}, "later"},
		{"no content", Request{URL: "/stream?status=204"}, Response{Status: 204, URL: origin + "/stream?status=204", Type: "basic"}, ""},
		{"no body", Request{URL: stream, Method: "HEAD"}, Response{Status: 200, URL: origin + stream, Type: "basic"}, ""},
		{"another origin", Request{URL: elsewhere(stream + "&origin=*")}, Response{Status: 200, URL: elsewhere(stream + "&origin=*"), Type: "cors"}, "data: héllo\n\n"},
		{"redirected", Request{URL: origin + "/" + stream}, Response{Status: 200, URL: origin + stream, Type: "basic", Redirected: true}, "data: héllo\n\n"},
		{"redirected within the origin", Request{URL: origin + "/" + stream, Mode: "same-origin"}, Response{Status: 200, URL: origin + stream, Type: "basic", Redirected: true}, "data: héllo\n\n"},
		{"redirect left alone", Request{URL: origin + "/" + stream, Redirect: "manual"}, Response{URL: origin + "/" + stream, Type: "opaqueredirect"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			expectNothingLeft(t)
			got := fetched(t, test.request)
			body, err := io.ReadAll(got.Body)
			if err != nil || string(body) != test.body {
				t.Errorf("got the body %q, %v, want %q", body, err, test.body)
			}
			got.Body, got.Headers = nil, nil
			if fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", test.want) {
				t.Errorf("got  %+v\nwant %+v", *got, test.want)
			}
		})
	}
}

func TestFetchHeaders(t *testing.T) {
	contentType := "text/x; p=\"naïve ☃ 🌊\""
	got := fetched(t, Request{URL: "/stream?type=" + url.QueryEscape(contentType)})
	got.Body.Close()
	for name, want := range map[string]string{"Content-Type": contentType, "CACHE-control": "no-store", "X-Absent": ""} {
		if got.Header(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.Header(name), want)
		}
	}
	for i, field := range got.Headers {
		if field[0] != strings.ToLower(field[0]) || i > 0 && got.Headers[i-1][0] >= field[0] {
			t.Errorf("names are not lower case and sorted: %q", got.Headers)
		}
	}
}

// TestFetchArrives looks at the request as the runner got it.
func TestFetchArrives(t *testing.T) {
	id := "naïve ☃ 🌊 \u0080\u00ff"
	for _, body := range [][]byte{nil, {}, []byte("\x00\xff")} {
		request := Request{
			URL: "/stream?key=fetch-arrives", Method: "PUT", Body: body, Cache: "no-store",
			Header: [][2]string{{"Last-Event-ID", id}, {"X-Many", "1"}, {"Accept", "text/event-stream"}, {"X-Many", "2"}},
		}
		fetched(t, request).Body.Close()
	}
	fetched(t, Request{URL: "/stream?key=fetch-arrives"}).Body.Close()
	arrived := arrivedAt(t, "fetch-arrives").Requests
	if len(arrived) != 4 || arrived[3].Method != "GET" {
		t.Fatalf("got %+v, want four requests, the last a GET", arrived)
	}
	for i, body := range []string{"", "", "\x00\ufffd"} { // as JSON tells it
		got := arrived[i]
		for name, want := range map[string]string{
			"Last-Event-Id": id, "X-Many": "1, 2", "Accept": "text/event-stream", "Cache-Control": "no-cache",
		} {
			if value := strings.Join(got.Header[name], ", "); value != want {
				t.Errorf("%s: got %q, want %q", name, value, want)
			}
		}
		if got.Method != "PUT" || got.Body != body {
			t.Errorf("got %s %q, want PUT %q", got.Method, got.Body, body)
		}
	}
}

func TestByteString(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, s := range []string{"", "ascii", "é☃🌊", string(all)} {
		units := []rune(toByteString(s))
		if len(units) != len(s) {
			t.Errorf("%q became %d units, want one for each of %d bytes", s, len(units), len(s))
		}
		if got := fromByteString(string(units)); got != s {
			t.Errorf("got %q back, want %q", got, s)
		}
	}
}

func TestFetchErrors(t *testing.T) {
	origin := os.Getenv("WASMTEST_ORIGIN")
	header := func(name, value string) Request {
		return Request{URL: "/stream", Header: [][2]string{{name, value}}}
	}
	tests := []struct {
		name    string
		request Request
	}{
		{"bad URL", Request{URL: "http://["}},
		{"URL with a password", Request{URL: "http://a:b@127.0.0.1/"}},
		{"blocked port", Request{URL: "http://127.0.0.1:9/"}},
		{"nobody listens", Request{URL: "http://127.0.0.1:2/"}},
		{"origin that does not allow this one", Request{URL: elsewhere("/stream")}},
		{"origin that allows another one", Request{URL: elsewhere("/stream?origin=http://example.com")}},
		{"origin that allows no credentials", Request{URL: elsewhere("/stream?origin=*"), Credentials: "include"}},
		{"redirect", Request{URL: origin + "//stream", Redirect: "error"}},
		{"bad header name", header("X Y", "z")},
		{"header name that is not ASCII", header("X-é", "z")},
		{"header value with a line feed", header("X-Y", "a\nb")},
		{"header value with a zero", header("X-Y", "a\x00b")},
		{"the browser's header Host", header("Host", "example.com")},
		{"the browser's header Cookie", header("Cookie", "a=b")},
		{"the browser's header Sec-Fetch-Mode", header("Sec-Fetch-Mode", "cors")},
		{"bad method", Request{URL: "/stream", Method: "A B"}},
		{"forbidden method", Request{URL: "/stream", Method: "TRACE"}},
		{"GET with a body", Request{URL: "/stream", Body: []byte("x")}},
		{"bad credentials mode", Request{URL: "/stream", Credentials: "sometimes"}},
		{"bad cache mode", Request{URL: "/stream", Cache: "sometimes"}},
		{"bad redirect mode", Request{URL: "/stream", Redirect: "sometimes"}},
		{"bad mode", Request{URL: "/stream", Mode: "sometimes"}},
		{"another origin by the mode same-origin", Request{URL: elsewhere("/stream?origin=*"), Mode: "same-origin"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			expectNothingLeft(t)
			response, err := Fetch(t.Context(), test.request)
			if !errors.Is(err, &Error{Name: "TypeError"}) || response != nil {
				t.Errorf("got %+v, %v, want a TypeError", response, err)
			}
		})
	}
}

// TestCheckRequest holds that a request which can never be sent is told from one that
// the network or a server refuses, and that nothing is sent.
func TestCheckRequest(t *testing.T) {
	expectNothingLeft(t)
	for _, request := range []Request{
		{URL: "/stream", Method: "TRACE"},
		{URL: "/stream", Header: [][2]string{{"Cookie", "a=b"}}},
		{URL: "http://a:b@127.0.0.1/"},
	} {
		if err := CheckRequest(request); !errors.Is(err, &Error{Name: "TypeError"}) {
			t.Errorf("%+v: got %v, want a TypeError", request, err)
		}
	}
	for _, url := range []string{"/stream", "http://127.0.0.1:2/"} {
		if err := CheckRequest(Request{URL: url, Method: "POST", Body: []byte("x")}); err != nil {
			t.Errorf("%s: got %v", url, err)
		}
	}
}

func TestFetchCredentials(t *testing.T) {
	origin := os.Getenv("WASMTEST_ORIGIN")
	for _, request := range []Request{
		{URL: elsewhere("/stream?origin=*")},
		{URL: elsewhere("/stream?origin=*"), Credentials: "omit"},
		{URL: elsewhere("/stream?origin=" + origin), Credentials: "include"},
	} {
		response := fetched(t, request)
		response.Body.Close()
		if response.Type != "cors" {
			t.Errorf("%+v: got the type %q, want cors", request, response.Type)
		}
	}
}

var errEnough = errors.New("enough")

func TestFetchCancelledBefore(t *testing.T) {
	expectNothingLeft(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnough)
	if _, err := Fetch(ctx, Request{URL: "/stream?key=cancelled-before"}); !errors.Is(err, errEnough) {
		t.Errorf("got %v, want the cause", err)
	}
	if got := arrivedAt(t, "cancelled-before").Requests; len(got) > 0 {
		t.Errorf("it was sent: %+v", got)
	}
}

// TestFetchCancelledWaiting cancels a request that waits for a connection, of
// which the browser allows six.
func TestFetchCancelledWaiting(t *testing.T) {
	expectNothingLeft(t)
	for range 6 {
		held := fetched(t, Request{URL: "/stream?hold=1"})
		defer held.Body.Close()
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(errEnough) })
	start := time.Now()
	if _, err := Fetch(ctx, Request{URL: "/stream?hold=1&key=cancelled-waiting"}); !errors.Is(err, errEnough) {
		t.Errorf("got %v, want the cause", err)
	}
	if took := time.Since(start); took < 40*time.Millisecond {
		t.Errorf("it took %v, want no less than 50ms", took)
	}
}

// TestFetchCancelledAnytime cancels at moments from the first turn of the event
// loop to well after the headers.
func TestFetchCancelledAnytime(t *testing.T) {
	expectNothingLeft(t)
	early, late := 0, 0
	for turns := range 25 {
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			for range turns {
				_ = NextTurn(context.Background())
			}
			cancel(errEnough)
		}()
		response, err := Fetch(ctx, Request{URL: "/stream?hold=1&key=cancelled-anytime"})
		if err != nil {
			early++
		} else {
			late++
			_, err = response.Body.Read(make([]byte, 1))
		}
		if !errors.Is(err, errEnough) {
			t.Fatalf("after %d turns: got %v, want the cause", turns, err)
		}
	}
	t.Logf("%d before the headers, %d after", early, late)
	awaitLeft(t, "cancelled-anytime")
}

// TestFetchMany makes a thousand requests that end in every way, five at once.
func TestFetchMany(t *testing.T) {
	expectNothingLeft(t)
	readAll := func(body io.ReadCloser, _ func()) error {
		_, err := io.ReadAll(body)
		return err
	}
	ends := []struct {
		query string
		end   func(body io.ReadCloser, cancel func()) error
		want  error
	}{
		{"&body=aGk", readAll, nil},
		{"&body=aGk&cut=1", readAll, &Error{Name: "TypeError"}},
		{"&body=aGk&hold=1", func(body io.ReadCloser, _ func()) error {
			readAndPause(body, 2)
			return body.Close()
		}, nil},
		{"&body=aGk&hold=1", func(body io.ReadCloser, cancel func()) error {
			readAndPause(body, 1)
			cancel()
			return readAll(body, nil)
		}, errEnough},
		{"&body=aGk&hold=1", func(body io.ReadCloser, cancel func()) error {
			readAndPause(body, 2)
			go cancel()
			return readAll(body, nil)
		}, errEnough},
	}
	var all sync.WaitGroup
	for _, how := range ends {
		all.Go(func() {
			for range 1000 / len(ends) {
				if err := fetchAndEnd(t.Context(), "/stream?key=many"+how.query, how.end); !errors.Is(err, how.want) {
					t.Errorf("%s: got %v, want %v", how.query, err, how.want)
				}
			}
		})
	}
	all.Wait()
	awaitLeft(t, "many")
}

// readAndPause reads n bytes and lets the browser come to rest: see awaitLeft.
func readAndPause(body io.Reader, n int) {
	_, _ = io.ReadFull(body, make([]byte, n))
	time.Sleep(10 * time.Millisecond)
}

func fetchAndEnd(ctx context.Context, url string, end func(body io.ReadCloser, cancel func()) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	response, err := Fetch(ctx, Request{URL: url})
	if err != nil {
		return err
	}
	return end(response.Body, func() { cancel(errEnough) })
}
