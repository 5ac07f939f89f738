// Package demo is the server of Runnel's demo: it samples the machine it runs
// on, publishes what it finds as the events of package feed, serves the page
// that shows them, and obeys the page's controls. server/cmd/demo is its main;
// the end-to-end tests run the same server in their own process.
package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/static"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Program is the name of the built wasm program among the files of the page.
const Program = "demo.wasm"

// Options says how an [App] runs. The zero value, and a nil *Options, stand for
// the defaults.
type Options struct {
	// Files are the page and its program. Default [static.Files].
	Files fs.FS
	// Interval is the time between two CPU events; the processes come four
	// times as rarely, everything else half as often. Default 500 ms.
	Interval time.Duration
	// Log is where the events are kept. Default nil: in memory only. Whoever
	// opened it closes it, after the App.
	Log server.Log
	// Kept says what Log is, for the page: "disk" or "cluster". Default "memory".
	Kept string
	// Node is the server's name among several on one Log, "" if it is alone.
	Node string
	// NATS returns the node of the cluster that Log is connected to at present,
	// "" for none. Default: none.
	NATS func() string
	// Feed says how the event stream is served. Recent, Retry, Opened and Logger
	// are the App's to set: Recent and Retry where they are zero.
	Feed server.Options
	// Logger is told of sources that cannot be read, and of the feed. Default
	// [slog.Default].
	Logger *slog.Logger
}

const (
	defaultInterval = 500 * time.Millisecond

	// recent is about a minute at the default interval: two CPU events, five
	// others and half a list of processes each second.
	recent = 450

	// retry is short, so that a tab whose connection was cut is back soon.
	retry = time.Second
)

// App is the demo's server as an [http.Handler].
type App struct {
	feed    *server.Feed
	sampler *sampler
	handler http.Handler
}

// New starts to sample the machine and returns the server that shows it. A nil
// options stands for the defaults. The caller closes the App. ctx is for the
// reading of the log. The error says which of the page's files could not be read,
// or what of the log.
func New(ctx context.Context, options *Options) (*App, error) {
	filled := options.withDefaults()
	page, err := server.Static(filled.Files, server.ContentSecurityPolicy)
	if err != nil {
		return nil, err
	}
	stream, err := openFeed(ctx, filled)
	if err != nil {
		return nil, err
	}
	app := &App{feed: stream, handler: routes(page, stream, newRegistry(stream))}
	app.sampler = startSampler(stream, filled)
	return app, nil
}

func openFeed(ctx context.Context, filled Options) (*server.Feed, error) {
	filled.Feed.Opened = func(client *server.Client) {
		served := feed.Served{Node: filled.Node, Log: filled.Kept, NATS: filled.NATS()}
		data, err := json.Marshal(served)
		if err != nil {
			panic(err) // strings
		}
		// The first message to a client finds room.
		_ = client.Send(eventstream.Message{Type: string(feed.ServedEvent), Data: data})
	}
	if filled.Log == nil {
		return server.New(&filled.Feed), nil
	}
	return server.Open(ctx, filled.Log, &filled.Feed)
}

// newRegistry has the metrics of the feed, the process and the runtime.
func newRegistry(stream *server.Feed) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		stream.Metrics(),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}

func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.Files == nil {
		filled.Files = static.Files()
	}
	if filled.Interval <= 0 {
		filled.Interval = defaultInterval
	}
	if filled.Logger == nil {
		filled.Logger = slog.Default()
	}
	if filled.NATS == nil {
		filled.NATS = func() string { return "" }
	}
	filled.Kept = cmp.Or(filled.Kept, "memory")
	filled.Feed.Recent = cmp.Or(filled.Feed.Recent, recent)
	filled.Feed.Retry = cmp.Or(filled.Feed.Retry, retry)
	filled.Feed.Logger = filled.Logger
	return filled
}

// routes refuses what another site's page posts in the name of a visitor.
func routes(page http.Handler, stream *server.Feed, metrics *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.HandleFunc(feed.StreamPath, serveStream(stream))
	mux.HandleFunc(feed.NoticePath, onlyPost(postNotice(stream)))
	mux.HandleFunc(feed.CutPath, onlyPost(control(stream, cut)))
	mux.HandleFunc(feed.MalformedPath, onlyPost(control(stream, sendMalformed)))
	mux.Handle(feed.HealthPath, server.Health())
	mux.Handle(feed.ReadyPath, server.Ready(stream))
	mux.Handle(feed.MetricsPath, promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return http.NewCrossOriginProtection().Handler(mux)
}

// ServeHTTP answers the page's files, its event stream and its controls, at the
// paths that package feed names.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Feed returns the demo's event stream.
func (a *App) Feed() *server.Feed { return a.feed }

// Close stops sampling, ends all streams, and waits for both. It is safe to call
// it again.
func (a *App) Close() error {
	a.feed.Close() // first, so that no stream waits for the sampler
	a.sampler.stop()
	ctx, cancel := context.WithTimeoutCause(context.Background(), 2*time.Second,
		errors.New("streams are still open"))
	defer cancel()
	if err := a.feed.Shutdown(ctx); err != nil {
		return fmt.Errorf("demo: close: %w", err)
	}
	return nil
}

// CheckProgram reports whether files hold the program that the page needs; the
// error says how to get it.
func CheckProgram(files fs.FS) error {
	if _, err := fs.Stat(files, Program); err != nil {
		return fmt.Errorf("the page has no program yet (%s is not built): run make build", Program)
	}
	return nil
}
