// Cluster shows the demo on several servers: it starts three NATS nodes that
// keep the events and two servers of the live page on this machine, each a
// process of its own, and a small proxy in front that a browser goes to.
//
//	go run ./server/cmd/cluster [-addr host:port]
//
// Stop any one of them, by typing its name or by killing its process: the page
// goes on, without a hole. cluster -h says more.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/demo/command"
)

const defaultAddr = "localhost:8080"

func main() {
	// What this program starts is this program, by another first argument.
	if len(os.Args) > 1 {
		switch role := os.Args[1]; role {
		case nodeRole:
			os.Exit(runNode(os.Args[2:]))
		case serverRole:
			os.Args = append(os.Args[:1], os.Args[2:]...)
			command.Main()
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv("ADDR"), os.Stdin, os.Stdout, os.Stderr))
}

// run shows the cluster until ctx is done. It returns the exit status: 0, 1 for
// a failure, 2 for wrong arguments.
func run(ctx context.Context, args []string, env string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", cmp.Or(env, defaultAddr), "`host:port` of the proxy; port 0 takes a free one")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		printHelp(flags, stdout)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "cluster: %v (cluster -h explains)\n", err)
		return 2
	}
	if err := show(ctx, *addr, stdin, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func printHelp(flags *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, `Cluster shows Runnel's live page on several servers. It starts, on this machine
and each as a process of its own,

  nats-1, nats-2, nats-3   NATS nodes that keep the events, each event on all three
  server-1, server-2       servers of the page, which publish and serve the same events

and a proxy that sends each request to one of the servers. Type the name of one
to stop it, and again to start it, or kill its process: open pages go on with
another server where they were. Two of the three nodes have to be there for
anything new to be published. Ctrl-C ends everything; the events are gone then.

usage: cluster [-addr host:port]

`)
	flags.SetOutput(w)
	flags.PrintDefaults()
	fmt.Fprintln(w, "\nThe environment variable ADDR sets another default for -addr.")
}

func show(ctx context.Context, addr string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("address %s is in use; choose another with ADDR=host:port make cluster", addr)
	} else if err != nil {
		return fmt.Errorf("cannot listen on %q, want host:port: %w", addr, err)
	}
	defer listener.Close() // where it has not been served
	dir, err := os.MkdirTemp("", "runnel-cluster-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	c, err := newCluster(dir, stdout, stderr)
	if err != nil {
		return err
	}
	defer c.stop()
	if err := c.start(ctx); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\nRunnel cluster: http://%s\n\n", shown(addr, listener.Addr()))
	fmt.Fprintln(stdout, "Type a name to stop that one, and again to start it; Ctrl-C ends everything.")
	go c.obey(ctx, bufio.NewScanner(stdin))
	return server.Serve(ctx, server.NewHTTPServer(newProxy(c.targets)), listener)
}

// shown is the proxy's address as a browser can use it.
func shown(addr string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(addr) // it has been listened on
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(listening.String())
	return net.JoinHostPort(host, port)
}

// obey stops and starts what is named on the lines.
func (c *cluster) obey(ctx context.Context, lines *bufio.Scanner) {
	for lines.Scan() && ctx.Err() == nil {
		name := strings.TrimSpace(lines.Text())
		if name == "" {
			c.list()
			continue
		}
		if err := c.toggle(ctx, name); err != nil {
			c.say("%v", err)
		}
	}
}
