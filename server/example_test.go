package server_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"testing/fstest"
	"time"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

type Quote struct {
	Bid float64 `json:"bid"`
	Ask float64 `json:"ask"`
}

const Price eventstream.EventType[Quote] = "price"

// One event type, published to whoever reads the stream.
func ExamplePublish() {
	ctx := context.Background()

	feed := server.New(nil)
	defer feed.Close()
	http.Handle("/events", feed)
	id, err := server.Publish(ctx, feed, Price, Quote{Bid: 10.5, Ask: 10.75}) // another type does not compile
	if err != nil {
		log.Fatal(err)
	}
	_, number, _ := strings.Cut(id, "-")
	fmt.Println("message", number)
	// Output: message 1
}

// A message that is ready: another data format than JSON, a reconnection time.
func ExampleFeed_PublishMessage() {
	feed := server.New(nil)
	defer feed.Close()

	_, err := feed.PublishMessage(context.Background(), eventstream.Message{
		Type:  "log",
		Data:  []byte("two\nlines"),
		Retry: time.Second,
	})
	fmt.Println(err, feed.Stats().Published)
	// Output: <nil> 1
}

// A whole server: a page, its events, and an end on Ctrl-C with streams open.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	feed := server.New(&server.Options{Retry: time.Second})
	page, err := server.Static(os.DirFS("dist"), server.ContentSecurityPolicy)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.Handle("/events", feed)

	srv := server.NewHTTPServer(mux)
	srv.RegisterOnShutdown(func() { feed.Close() })
	listener, err := net.Listen("tcp", "localhost:8080")
	if err != nil {
		log.Fatal(err)
	}
	if err := server.Serve(ctx, srv, listener); err != nil {
		log.Fatal(err)
	}
}

// Files that were compressed when they were built are served as such.
func ExampleStatic() {
	files := fstest.MapFS{ // an embed.FS, say
		"app.wasm":    {Data: []byte("the program")},
		"app.wasm.br": {Data: []byte("the program in brotli")},
	}
	page, err := server.Static(files, server.ContentSecurityPolicy)
	if err != nil {
		log.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, "/app.wasm", nil)
	request.Header.Set("Accept-Encoding", "gzip, br")
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, request)
	fmt.Println(answer.Header().Get("Content-Type"), answer.Header().Get("Content-Encoding"))
	// Output: application/wasm br
}

// A message for those streams only whose request asked for it.
func ExampleFeed_Clients() {
	feed := server.New(nil)
	defer feed.Close()

	hello := eventstream.Message{Type: "hello", Data: []byte("only you")}
	for client := range feed.Clients() {
		if client.Request().URL.Query().Get("tab") != "seven" {
			continue
		}
		if err := client.Send(hello); err != nil {
			log.Print(err) // server.ErrBusy, or it has just left
		}
	}
}

// Events for one user: whatever the client asks for, it gets what its grant is for.
func ExampleGrant_OnlySubjects() {
	mail := func(user string) string { return "user." + server.SubjectWord(user) + ".mail" }
	var feed *server.Feed
	feed = server.New(&server.Options{
		Recent: 10,
		Authorize: func(r *http.Request) (*server.Grant, error) {
			user, _, ok := r.BasicAuth() // the password is checked here
			if !ok {
				return nil, server.ErrUnauthorized
			}
			return server.NewGrant("events").OnlySubjects("user." + server.SubjectWord(user) + ".>"), nil
		},
		Opened: func(*server.Client) { feed.Close() }, // so that the example ends
	})
	for _, user := range []string{"ada", "ada.lovelace", "*"} {
		if _, err := server.Publish(context.Background(), feed, "mail", "for "+user, server.Subject(mail(user))); err != nil {
			log.Fatal(err)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/?subject=user.*.mail", nil)
	r.SetBasicAuth("ada", "")
	w := httptest.NewRecorder()
	feed.ServeHTTP(w, r)
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "data: ") {
			fmt.Print(line)
		}
	}
	// Output: data: "for ada"
}
