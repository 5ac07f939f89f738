package command

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/jetstream"
)

// config is what the flags say.
type config struct {
	addr    string
	data    string // directory; "" if the events are kept elsewhere
	memory  bool
	nats    string
	node    string
	user    string // name:password
	verbose bool

	store jetstream.Options
	kept  jetstream.Retention
	feed  server.Options
}

const (
	defaultAddr = "localhost:8080"
	defaultKeep = 10 * time.Minute
)

// parse reads the arguments. What is wrong with them has been printed when it
// returns an error.
func parse(args []string, getenv func(string) string, stdout, stderr io.Writer) (c config, err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // help goes elsewhere than errors
	c.define(flags, cmp.Or(getenv("ADDR"), defaultAddr), defaultData(getenv))
	err = flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err == nil {
		err = c.check(flags)
	}
	if errors.Is(err, flag.ErrHelp) {
		printHelp(flags, stdout)
	} else if err != nil {
		fmt.Fprintf(stderr, "demo: %v (demo -h explains)\n", err)
	}
	return c, err
}

// defaultData is a directory that is the user's own, and not precious.
func defaultData(getenv func(string) string) string {
	cache, err := os.UserCacheDir()
	if dir := getenv("XDG_CACHE_HOME"); dir != "" {
		cache, err = dir, nil
	}
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "runnel-demo")
}

func (c *config) define(flags *flag.FlagSet, addr, data string) {
	flags.StringVar(&c.addr, "addr", addr, "`host:port` to listen on; port 0 takes a free one")

	flags.StringVar(&c.data, "data", data, "`directory` in which the events are kept")
	flags.BoolVar(&c.memory, "memory", false, "keep the events in memory, and not in a directory")
	flags.StringVar(&c.nats, "nats", "", "keep the events on the NATS cluster at these `URLs`, nats://a:4222,nats://b:4222, and share them with its other servers")
	flags.IntVar(&c.store.Replicas, "replicas", 0, "on how many nodes of the cluster each event is kept: 1, 3 or 5 (default 3)")
	flags.BoolVar(&c.store.Sync, "sync", false, "have each event on the disk before it counts as published: it then survives a power cut")
	flags.DurationVar(&c.kept.MaxAge, "keep", defaultKeep, "how long an event is kept")
	flags.Int64Var(&c.kept.MaxBytes, "keep-bytes", 0, "how many `bytes` of events are kept (default 1 GiB)")
	flags.Int64Var(&c.kept.MaxMessages, "keep-events", 0, "how many `events` are kept (default any number)")
	flags.StringVar(&c.node, "node", "", "this server's `name` among several")

	flags.IntVar(&c.feed.History, "history", 0, "how many `events` are held in memory (default 4096)")
	flags.DurationVar(&c.feed.Heartbeat, "heartbeat", 0, "how long a stream may be quiet before it gets a comment line (default 15s)")
	flags.DurationVar(&c.feed.Retry, "retry", 0, "after how long, and up to a half more, clients come back that have lost their stream (default 1s)")
	flags.DurationVar(&c.feed.WriteTimeout, "write-timeout", 0, "how long a client may take nothing before it is let go (default 10s)")
	flags.IntVar(&c.feed.MaxClients, "max-clients", 0, "how many `streams` may be open (default any number)")
	flags.IntVar(&c.feed.MaxClientsPerAddress, "max-clients-per-address", 0, "how many `streams` may be open from one address (default any number)")
	flags.BoolVar(&c.feed.Compress, "compress", false, "compress the streams by gzip")
	flags.Func("origin", "an `origin` such as https://example.com whose pages may read the stream, or * for all; may be given several times", func(origin string) error {
		return c.addOrigin(origin)
	})
	flags.StringVar(&c.user, "user", "", "ask everybody for this `name:password`")
	flags.BoolVar(&c.verbose, "v", false, "log each stream that begins and ends")
}

func (c *config) addOrigin(origin string) error {
	scheme, host, ok := strings.Cut(origin, "://")
	if origin != "*" && (!ok || (scheme != "http" && scheme != "https") || host == "" || strings.ContainsAny(host, "/ ")) {
		return errors.New("want scheme://host or scheme://host:port without a path, or *")
	}
	c.feed.Origins = append(c.feed.Origins, origin)
	return nil
}

// check finds what does not go together, and settles where the events are kept.
func (c *config) check(flags *flag.FlagSet) error {
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var places []string
	for _, name := range []string{"data", "memory", "nats"} {
		if given[name] {
			places = append(places, "-"+name)
		}
	}
	if len(places) > 1 {
		return fmt.Errorf("%s do not go together: the events are kept in one place", strings.Join(places, " and "))
	}
	for _, name := range []string{"keep-bytes", "keep-events", "keep", "history", "max-clients", "max-clients-per-address", "replicas"} {
		if value := flags.Lookup(name).Value.String(); strings.HasPrefix(value, "-") {
			return fmt.Errorf("-%s %s: must not be below zero", name, value)
		}
	}
	if given["nats"] {
		c.data = ""
	}
	if c.memory {
		c.data = ""
		for _, name := range []string{"sync", "keep", "keep-bytes", "keep-events"} {
			if given[name] {
				return fmt.Errorf("-%s does not go with -memory, where -history says how much is kept", name)
			}
		}
	}
	switch {
	case c.store.Sync && c.data == "":
		return errors.New("-sync goes with -data only: the nodes of a cluster have it in their own configuration")
	case given["replicas"] && c.nats == "":
		return errors.New("-replicas goes with -nats only")
	case given["replicas"] && !slices.Contains([]int{1, 3, 5}, c.store.Replicas):
		return fmt.Errorf("-replicas %d: want 1, 3 or 5", c.store.Replicas)
	case given["data"] && c.data == "":
		return errors.New("-data needs a directory; -memory keeps the events in memory")
	case given["nats"] && c.nats == "":
		return errors.New("-nats needs a URL, such as nats://localhost:4222")
	case c.user != "" && !strings.Contains(c.user, ":"):
		return errors.New("-user needs name:password")
	}
	c.store.Dir, c.store.URL = c.data, c.nats
	return nil
}

func printHelp(flags *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, `Demo serves a page that shows this machine live: processors, memory, load,
network, disks and the busiest processes, through typed server-sent events.
Whoever reaches the address sees them, so it listens on this machine only
unless told otherwise. Ctrl-C ends it.

The events are kept in a directory, so that a page that was away while the
server was started again misses none. Several servers that keep them on one
NATS cluster serve the same events: a page goes on with another one where it was.

  /events    the event stream
  /healthz   200 while the server serves
  /readyz    200 while it can publish and serve the stream
  /metrics   for Prometheus

usage: demo [flags]

`)
	flags.SetOutput(w)
	flags.PrintDefaults()
	fmt.Fprintln(w, "\nThe environment variable ADDR sets another default for -addr.")
}
