//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// remote checks an App that names a running server by its URL, and returns the
// server's origin.
func remote(app App) (origin string, err error) {
	u, err := url.Parse(app.URL)
	if err != nil {
		return "", fmt.Errorf("App.URL: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("App.URL %q: it must be the origin of a server, as http://localhost:8080", app.URL)
	}
	if app.Program != "" || len(app.BuildFlags) > 0 || app.Page != nil || app.Handler != nil ||
		app.Policy != "" || app.Header != nil || app.Worker {
		return "", errors.New("App.URL names a running server: Program, BuildFlags, Page, Handler, Policy, Header and Worker, " +
			"which are for a server of the test's own, must be empty")
	}
	return u.Scheme + "://" + u.Host, nil
}

// own fails the test when the server is not its own, and so cannot do what.
func (s *Site) own(what string) {
	s.t.Helper()
	if s.app.URL != "" {
		s.t.Fatalf("e2e: %s: the server at %s is not the test's own", what, s.app.URL)
	}
}
