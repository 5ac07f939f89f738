//go:build js && wasm

package eventsource

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

// probeTimeout bounds how long the end of a Source, or its next attempt, waits
// for an explanation.
const probeTimeout = 5 * time.Second

// explain finds out what a server answers that the browser has given up on. It
// asks by HEAD, which is answered with headers alone: a GET would be a stream,
// whose events might be gone then. It returns
//
//   - a *ResponseError where the answer is no event stream;
//   - errLost where it is one, so that it was a passing fault;
//   - the failure itself, with what the probe met, where the probe told nothing.
func (n *native) explain(ctx context.Context, failure error) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	credentials := "same-origin"
	if n.options.WithCredentials {
		credentials = "include"
	}
	answer, err := jsbridge.Fetch(ctx, jsbridge.Request{
		URL:         n.address,
		Method:      "HEAD",
		Header:      [][2]string{{"Accept", "text/event-stream"}},
		Credentials: credentials,
		Cache:       "no-store",
	})
	if err != nil {
		if n.source.wasOpen() {
			return fmt.Errorf("eventsource: %s: %w", n.address, err) // the server is gone, for now
		}
		return fmt.Errorf("%w; asking by HEAD: %w", failure, err)
	}
	defer answer.Body.Close()
	if answer.Status == 405 || answer.Status == 501 {
		return failure // it knows no HEAD
	}
	r := response{url: answer.URL, status: answer.Status, header: answer.Header}
	if err := r.check(time.Now()); err != nil {
		return err
	}
	if contentType := answer.Header("Content-Type"); foreignCharset(contentType) {
		return &ResponseError{URL: answer.URL, Status: answer.Status, ContentType: contentType}
	}
	return errLost
}

// foreignCharset reports whether a type has a charset that is not UTF-8. The
// standard has it passed over, but Chromium gives such a stream up.
func foreignCharset(contentType string) bool {
	_, parameters, _ := strings.Cut(strings.ToLower(contentType), ";")
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if name == "charset" {
			return strings.Trim(value, `"`) != "utf-8"
		}
	}
	return false
}
