//go:build js && wasm

package eventsource

import (
	"context"
	"errors"
	"fmt"

	"github.com/runnel-go/runnel/jsbridge"
)

const (
	opaqueRedirect = "opaqueredirect"

	// maxLed is how often a request is made where the one before it was led. Each
	// may have been led by many redirects.
	maxLed = 4
)

// guarded makes a request so that no header of the caller's leaves its origin. It names
// those that were not sent to the origin of the response.
//
// By itself fetch would send all but Authorization to wherever a redirect leads, and it
// does not tell where that is before it has followed it. It does have a mode in which
// it stays within the page's origin, and one in which it follows no redirect. If these
// tell that a redirect leads out, or may, a request without the own headers finds out
// where to. If that is another origin, its answer is the stream.
func (d *fetchDialer) guarded(ctx context.Context, r Request, lastEventID string) (answer *jsbridge.Response, withheld string, err error) {
	url, err := jsbridge.ResolveURL(r.URL)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errRequest, err)
	}
	r.URL = url
	switch isPages := originOf(url) == jsbridge.Origin(); {
	case len(r.Header) == 0:
		answer, err = d.send(ctx, r, lastEventID, "cors", "follow")
		return answer, "", err
	case !isPages || url == d.lost:
		return d.led(ctx, r, lastEventID)
	case isSafe(r.Method):
		return d.within(ctx, r, lastEventID)
	}
	return d.once(ctx, r, lastEventID)
}

// once makes a request to the page's origin which is not to be repeated: what it asks
// for may be done by then, and a redirect may be the answer to that.
func (d *fetchDialer) once(ctx context.Context, r Request, lastEventID string) (*jsbridge.Response, string, error) {
	answer, err := d.send(ctx, r, lastEventID, "same-origin", "follow")
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w (or a redirect to another origin than %s, which own headers do not leave: %s)",
			err, originOf(r.URL), headerNames(r.Header))
	}
	return answer, "", err
}

// within makes a request to the page's origin, where the browser can be told to stay.
func (d *fetchDialer) within(ctx context.Context, r Request, lastEventID string) (answer *jsbridge.Response, withheld string, err error) {
	answer, err = d.send(ctx, r, lastEventID, "same-origin", "follow")
	wasSteady := d.steady
	d.steady = err == nil
	if err == nil || ctx.Err() != nil || wasSteady {
		return answer, "", err
	}
	answer, redirectErr := d.send(ctx, r, lastEventID, "cors", "manual")
	if redirectErr != nil || answer.Type != opaqueRedirect {
		d.steady = true
		return answer, "", redirectErr
	}
	answer, err = d.scout(ctx, r, lastEventID)
	if err != nil {
		return nil, "", err
	}
	if sameOrigin(answer, r) && !isPassing(answer) {
		answer.Body.Close()
		return nil, "", fmt.Errorf("a redirect that leads out of %s only with own headers, which do not leave that: %s",
			originOf(r.URL), headerNames(r.Header))
	}
	d.lost = r.URL
	return answer, headerNames(r.Header), nil
}

// led makes a request where redirects within its origin lead, one by one.
func (d *fetchDialer) led(ctx context.Context, r Request, lastEventID string) (answer *jsbridge.Response, withheld string, err error) {
	d.lost = ""
	for range maxLed {
		answer, err = d.send(ctx, r, lastEventID, "cors", "manual")
		if err != nil || answer.Type != opaqueRedirect {
			return answer, "", err
		}
		answer, err = d.scout(ctx, r, lastEventID)
		if err != nil {
			return nil, "", err
		}
		if !sameOrigin(answer, r) && isSafe(r.Method) {
			d.lost = r.URL
			return answer, headerNames(r.Header), nil
		}
		if isPassing(answer) {
			return answer, headerNames(r.Header), nil
		}
		answer.Body.Close()
		switch {
		case !sameOrigin(answer, r):
			return nil, "", errWithheld(r, "to "+originOf(answer.URL))
		case !answer.Redirected:
			return nil, "", errWithheld(r, "but not without its headers, so it cannot be seen where to")
		}
		r.URL = answer.URL
	}
	return nil, "", errors.New("more redirects than are followed")
}

// scout makes a request without the own headers, to learn where it is redirected to.
// One that may do something is not made once more: a GET goes in its place.
func (d *fetchDialer) scout(ctx context.Context, r Request, lastEventID string) (*jsbridge.Response, error) {
	bare := r.withoutHeader()
	if !isSafe(r.Method) {
		bare.Method, bare.Body = "GET", nil
	}
	answer, err := d.send(ctx, bare, lastEventID, "cors", "follow")
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: where %s redirects to, without own headers, which do not leave that", err, originOf(r.URL))
	}
	return answer, err
}

// isPassing reports whether an answer tells of a fault that passes, and so of nothing
// else.
func isPassing(answer *jsbridge.Response) bool {
	return answer.Status != 200 && WorthRetry(&ResponseError{Status: answer.Status})
}

func sameOrigin(answer *jsbridge.Response, r Request) bool {
	return originOf(answer.URL) == originOf(r.URL)
}
