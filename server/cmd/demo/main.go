// Demo serves Runnel's live page: the machine it runs on, watched through typed
// server-sent events.
//
//	go run ./server/cmd/demo [-addr host:port]
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/demo"
	"github.com/runnel-go/runnel/static"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// From the first signal on a second one ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

const defaultAddr = "localhost:8080"

// run serves until ctx is done. It returns the exit status: 0, 1 for a failure,
// 2 for wrong arguments.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	addr, err := parse(args, getenv("ADDR"), stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if err := serve(ctx, addr, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// parse returns the address to listen on. What is wrong with the arguments has
// been printed when it returns an error.
func parse(args []string, env string, stdout, stderr io.Writer) (addr string, err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // help goes elsewhere than errors
	flags.StringVar(&addr, "addr", cmp.Or(env, defaultAddr), "`host:port` to listen on; port 0 takes a free one")
	err = flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if errors.Is(err, flag.ErrHelp) {
		printHelp(flags, stdout)
	} else if err != nil {
		fmt.Fprintf(stderr, "demo: %v (demo -h explains)\n", err)
	}
	return addr, err
}

func printHelp(flags *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, `Demo serves a page that shows this machine live: processors, memory, load,
network, disks and the busiest processes, through typed server-sent events.
Whoever reaches the address sees them, so it listens on this machine only
unless told otherwise. Ctrl-C ends it.

usage: demo [-addr host:port]

`)
	flags.SetOutput(w)
	flags.PrintDefaults()
	fmt.Fprintln(w, "\nThe environment variable ADDR sets another default for -addr.")
}

func serve(ctx context.Context, addr string, stdout, stderr io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return explain(addr, err)
	}
	app, err := demo.New(&demo.Options{Logger: slog.New(slog.NewTextHandler(stderr, nil))})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer app.Close()
	srv := server.NewHTTPServer(app)
	srv.RegisterOnShutdown(func() { app.Feed().Close() })
	if err := demo.CheckProgram(static.Files()); err != nil {
		fmt.Fprintln(stderr, err)
	}
	fmt.Fprintln(stdout, "Runnel demo:", pageURL(addr, listener.Addr()))
	return server.Serve(ctx, srv, listener)
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
