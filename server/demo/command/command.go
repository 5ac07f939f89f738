// Package command is the command line of the demo's server: its flags, where its
// events are kept, and how it begins and ends. server/cmd/demo is its main;
// server/cmd/cluster starts it several times.
package command

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/demo"
	"github.com/runnel-go/runnel/server/jetstream"
	"github.com/runnel-go/runnel/static"
	"github.com/runnel-go/runnel/wasm/demo/feed"
)

// Main runs the demo's server with the arguments of the process, until it is
// interrupted, and ends the process.
func Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// From the first signal on a second one ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// Run serves until ctx is done. It returns the exit status: 0, 1 for a failure,
// 2 for wrong arguments.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := parse(args, getenv, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if err := serve(ctx, c, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// openTimeout is how long the log may take to be there.
const openTimeout = 30 * time.Second

// logName is the name of the feed's log, in a directory or on a cluster.
const logName = "runnel-demo"

func serve(ctx context.Context, c config, stdout, stderr io.Writer) (err error) {
	listener, err := net.Listen("tcp", c.addr)
	if err != nil {
		return explain(c.addr, err)
	}
	defer listener.Close() // where it has not been served
	level := slog.LevelInfo
	if c.verbose {
		level = slog.LevelDebug
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	options := &demo.Options{Node: c.node, Feed: c.feed, Logger: logger}
	opening, cancel := context.WithTimeoutCause(ctx, openTimeout, errors.New("it has taken too long"))
	defer cancel()
	if !c.memory {
		store, err := c.openLog(opening, options)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
	}
	app, err := demo.New(opening, options)
	if err != nil {
		return err
	}
	defer app.Close()
	srv := server.NewHTTPServer(c.guard(app))
	srv.RegisterOnShutdown(func() { app.Feed().Close() })
	if err := demo.CheckProgram(static.Files()); err != nil {
		fmt.Fprintln(stderr, err)
	}
	fmt.Fprintln(stdout, "Runnel demo:", pageURL(c.addr, listener.Addr()))
	return server.Serve(ctx, srv, listener)
}

// openLog opens the log in a directory or on a cluster and has the demo use it.
func (c *config) openLog(ctx context.Context, options *demo.Options) (*jetstream.Store, error) {
	c.store.Logger = options.Logger
	store, err := jetstream.Open(ctx, &c.store)
	if err != nil {
		return nil, err
	}
	log, err := store.Log(ctx, logName, &c.kept)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	options.Log, options.Kept, options.NATS = log, "disk", store.Node
	if c.nats != "" {
		options.Kept = "cluster"
		options.Node = cmp.Or(options.Node, hostname())
	}
	return store, nil
}

func hostname() string {
	host, _ := os.Hostname() // "" says that there is none
	return host
}

// guard asks for the name and the password, if there are any, for everything but
// what tells how the server is.
func (c *config) guard(next http.Handler) http.Handler {
	if c.user == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		open := r.URL.Path == feed.HealthPath || r.URL.Path == feed.ReadyPath
		if open || subtle.ConstantTimeCompare([]byte(name+":"+password), []byte(c.user)) == 1 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="Runnel demo", charset="UTF-8"`)
		http.Error(w, "sign in first", http.StatusUnauthorized)
	})
}

func explain(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("address %s is in use; choose another with ADDR=host:port make run", addr)
	}
	return fmt.Errorf("cannot listen on %q, want host:port: %w", addr, err)
}

// pageURL is the address to open: with the host as it was given, as far as a
// browser can use it, and the port that was taken.
func pageURL(addr string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(addr) // it has been listened on
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(listening.String())
	return "http://" + net.JoinHostPort(host, port)
}
