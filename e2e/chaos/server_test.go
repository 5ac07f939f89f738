//go:build unix

package chaos

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/ledger"
	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/jetstream"
)

// message is what a publisher wants published.
type message struct {
	Name string // its message ID
	Item ledger.Item
	Over bool // instead of the item: it is the last one
}

// ready is what a server writes to its output once it serves, before the number
// of the log's newest message.
const ready = "ready "

// serve is the server, in a process of its own, until its input ends. It listens
// on the socket that it has been given, so that its address outlives it.
func serve(flags *flag.FlagSet, args []string) error {
	dir := flags.String("dir", "", "where the log is kept")
	nats := flags.String("nats", "", "the cluster that keeps the log")
	keep := flags.Int64("keep", 0, "how many messages the log keeps")
	history := flags.Int("history", 0, "how many messages the feed keeps in memory")
	buffer := flags.Int("buffer", 0, "the bytes that wait for one client in the system")
	late := flags.Duration("late", 0, "how long an acknowledgement takes at the most to be sent, at random")
	limit := flags.Uint64("limit", 0, "the bytes that a file may have, as on a disk that is full")
	flags.Parse(args)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin) // ends with the test
		stop()
	}()
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, err := jetstream.Open(ctx, &jetstream.Options{Dir: *dir, URL: *nats, Logger: logger})
	if err != nil {
		return err
	}
	defer store.Close()
	log, err := store.Log(ctx, "chaos", &jetstream.Retention{MaxMessages: *keep})
	if err != nil {
		return err
	}
	feed, err := server.Open(ctx, log, &server.Options{
		History: *history, Retry: 50 * time.Millisecond, Origins: []string{"*"}, Logger: logger,
	})
	if err != nil {
		return err
	}
	defer feed.Close()
	if *limit > 0 {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: *limit, Max: *limit}); err != nil {
			return err
		}
	}
	var mux http.ServeMux
	mux.Handle("/events", feed)
	mux.Handle("/readyz", server.Ready(feed))
	mux.HandleFunc("POST /publish", func(w http.ResponseWriter, r *http.Request) { publish(w, r, feed, *late) })
	srv := server.NewHTTPServer(&mux)
	srv.RegisterOnShutdown(func() { feed.Close() })
	if *buffer > 0 {
		srv.ConnState = func(c net.Conn, state http.ConnState) {
			if state == http.StateNew {
				c.(*net.TCPConn).SetWriteBuffer(*buffer)
			}
		}
	}
	_, newest, err := log.Bounds(ctx)
	if err != nil {
		return err
	}
	fmt.Print(ready, newest, "\n")
	return server.Serve(ctx, srv, listener)
}

// publish publishes a batch and answers with the IDs once all of it is durable. Who
// is killed before a late answer has published what nobody knows of.
func publish(w http.ResponseWriter, r *http.Request, feed *server.Feed, late time.Duration) {
	var messages []message
	if err := json.NewDecoder(r.Body).Decode(&messages); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	batch := make([]server.Publication, len(messages))
	for i, m := range messages {
		var err error
		if m.Over {
			batch[i], err = server.Encode(ledger.Over, m.Item.N, server.MessageID(m.Name))
		} else {
			batch[i], err = server.Encode(ledger.Numbered, m.Item, server.MessageID(m.Name))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	ids, err := feed.PublishBatch(r.Context(), batch)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if late > 0 {
		time.Sleep(rand.N(late))
	}
	json.NewEncoder(w).Encode(ids)
}
