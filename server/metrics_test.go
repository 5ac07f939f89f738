package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	prices := New(&Options{Name: "prices", History: 3, MaxClients: 5, Logger: quiet})
	defer prices.Close()
	orders := New(&Options{Name: `or"d\er` + "\ns", Authorize: func(r *http.Request) (*Grant, error) {
		return nil, map[string]error{"/401": ErrUnauthorized, "/403": ErrForbidden, "/503": io.ErrUnexpectedEOF}[r.URL.Path]
	}, Logger: quiet})
	defer orders.Close()
	registry.MustRegister(prices.Metrics(), orders.Metrics())
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("got %v, %v", problems, err)
	}

	publish(t, prices, "1", "2", "3", "4", "5")
	request := func(f *Feed, method, target string) int {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(method, target, nil))
		return w.Code
	}
	request(prices, http.MethodPost, "/")
	request(prices, http.MethodPut, "/")
	request(prices, http.MethodGet, "/?subject=.")
	request(orders, http.MethodGet, "/401")
	request(orders, http.MethodHead, "/403")
	request(orders, http.MethodGet, "/nobody")
	request(orders, http.MethodGet, "/503")

	release := make(chan struct{})
	var ended []chan struct{}
	begin := func(f *Feed, lastEventID string) *stuckWriter {
		w := newStuckWriter()
		done := make(chan struct{})
		ended = append(ended, done)
		go func() {
			defer close(done)
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Last-Event-ID", lastEventID)
			f.ServeHTTP(w, r)
		}()
		<-w.writing
		go func() {
			<-release
			close(w.release)
		}()
		return w
	}
	begin(prices, formatID(prices.window.log, 5))
	begin(prices, formatID(prices.window.log, 4))
	begin(prices, formatID(prices.window.log, 0)) // two are gone, five behind
	begin(prices, "other-1")                      // a gap at once, three behind
	begin(prices, "")
	if got := request(prices, http.MethodGet, "/"); got != http.StatusServiceUnavailable {
		t.Errorf("got %d", got)
	}

	s := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}))
	defer s.Close()
	scrape := func(want ...string) {
		t.Helper()
		res, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("got %s, %v, %s", res.Status, err, text)
		}
		for _, line := range want {
			if !strings.Contains(string(text), line+"\n") {
				t.Errorf("want %s in\n%s", line, text)
			}
		}
	}
	const other = `feed="or\"d\\er\ns"`
	scrape(
		`runnel_clients{feed="prices"} 5`,
		`runnel_events_published_total{feed="prices"} 5`,
		`runnel_events_sent_total{feed="prices"} 0`,
		`runnel_gaps_total{feed="prices"} 0`,
		`runnel_events_missed_total{feed="prices"} 0`,
		`runnel_held_events{feed="prices"} 3`,
		`runnel_requests_refused_total{feed="prices",reason="method"} 2`,
		`runnel_requests_refused_total{feed="prices",reason="query"} 1`,
		`runnel_requests_refused_total{feed="prices",reason="limit"} 1`,
		`runnel_requests_refused_total{feed="prices",reason="forbidden"} 0`,
		`runnel_client_lag_events_bucket{feed="prices",le="0"} 2`,
		`runnel_client_lag_events_bucket{feed="prices",le="1"} 3`,
		`runnel_client_lag_events_bucket{feed="prices",le="3"} 4`,
		`runnel_client_lag_events_bucket{feed="prices",le="10"} 5`,
		`runnel_client_lag_events_bucket{feed="prices",le="+Inf"} 5`,
		`runnel_client_lag_events_sum{feed="prices"} 9`,
		`runnel_client_lag_events_count{feed="prices"} 5`,
		`runnel_clients{`+other+`} 0`,
		`runnel_requests_refused_total{`+other+`,reason="unauthorized"} 1`,
		`runnel_requests_refused_total{`+other+`,reason="forbidden"} 2`,
		`runnel_requests_refused_total{`+other+`,reason="undecided"} 1`,
		`runnel_client_lag_events_count{`+other+`} 0`,
	)
	close(release)
	if err := prices.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, done := range ended {
		<-done
	}
	request(prices, http.MethodGet, "/")
	scrape(
		`runnel_clients{feed="prices"} 0`,
		`runnel_events_sent_total{feed="prices"} 7`,
		`runnel_gaps_total{feed="prices"} 2`,
		`runnel_events_missed_total{feed="prices"} 2`,
		`runnel_requests_refused_total{feed="prices",reason="closed"} 1`,
		`runnel_client_lag_events_count{feed="prices"} 0`,
	)
	if got, want := prices.Stats().Refused, uint64(5); got != want {
		t.Errorf("got %d refused, want %d", got, want)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("got %v, %v", problems, err)
	}
	if got := prices.Stats().SentBytes; got == 0 {
		t.Error("got no bytes sent")
	}
}

func TestFeedsOfOneNameCannotBothBeRegistered(t *testing.T) {
	registry := prometheus.NewRegistry()
	a, b := New(nil), New(nil)
	defer a.Close()
	defer b.Close()
	registry.MustRegister(a.Metrics())
	if err := registry.Register(b.Metrics()); err == nil {
		t.Error("got no error, want one: their metrics cannot be told apart")
	}
}
