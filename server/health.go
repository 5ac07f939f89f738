package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Health answers 200 and "ok", for /healthz: the process lives and serves.
func Health() http.Handler { return health(func(context.Context) error { return nil }) }

// Ready answers 200 and "ok" while all the feeds are of use, else 503 and which
// one is not and why, for /readyz: whoever balances the load is to send clients
// elsewhere. It waits no longer than two seconds for the feeds' logs.
func Ready(feeds ...*Feed) http.Handler {
	return health(func(ctx context.Context) error {
		for _, feed := range feeds {
			if err := feed.Ready(ctx); err != nil {
				return fmt.Errorf("feed %s: %w", feed.Name(), err)
			}
		}
		return nil
	})
}

const readyTimeout = 2 * time.Second

func health(check func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		w.Header().Set("Cache-Control", "no-store")
		if err := check(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "ok\n")
	})
}
