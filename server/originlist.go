package server

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What a page of another origin may send without [Options.AllowHeaders].
var usualHeaders = []string{"Authorization", "Cache-Control", "Last-Event-ID"}

// newCrossOrigin makes it of what the options say. The error names what is wrong.
func newCrossOrigin(o *Options) (crossOrigin, error) {
	c := crossOrigin{credentials: o.Credentials}
	for _, text := range o.Origins {
		origin, err := parseOrigin(text)
		if err != nil {
			return crossOrigin{}, fmt.Errorf("server: Options.Origins: %q %w", text, err)
		}
		c.origins = append(c.origins, origin)
	}
	for _, name := range o.AllowHeaders {
		if !validHeaderName(name) {
			return crossOrigin{}, fmt.Errorf("server: Options.AllowHeaders: %q is not the name of a header: list each name, without a value", name)
		}
	}
	c.headers = strings.Join(slices.Concat(usualHeaders, o.AllowHeaders), ", ")
	return c, nil
}

// parseOrigin returns an origin as browsers send it. Its first label may be "*".
func parseOrigin(text string) (string, error) {
	if text == anyOrigin || text == "null" {
		return text, nil
	}
	if text == "" {
		return "", errors.New("is empty: leave it out, or write a scheme, a host and a port")
	}
	if !strings.Contains(text, "://") {
		return "", fmt.Errorf("has no scheme: write https://%s, say", strings.TrimLeft(text, "/"))
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("is not an origin: %w", errors.Unwrap(err))
	}
	switch {
	case u.User != nil:
		return "", errors.New("has a user name: an origin is a scheme, a host and a port")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", fmt.Errorf("has a path or a query: write %s://%s", u.Scheme, u.Host)
	case u.Hostname() == "":
		return "", errors.New("has no host")
	}
	host := strings.ToLower(u.Hostname())
	if strings.IndexFunc(host, func(r rune) bool { return r > '~' || r <= ' ' }) >= 0 {
		return "", errors.New("has a host that is not in ASCII: write it as browsers send it, with xn--")
	}
	if labels, wild := strings.CutPrefix(host, "*."); strings.Contains(labels, "*") || wild && labels == "" {
		return "", errors.New(`has a "*" that does not stand for the whole first label, as in https://*.example.dev`)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port, err := originPort(u.Scheme, u.Port())
	if err != nil {
		return "", err
	}
	return u.Scheme + "://" + host + port, nil
}

// originPort returns the port of an origin as browsers send it: with the colon, and
// not at all if it is the scheme's own.
func originPort(scheme, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", fmt.Errorf("has port %s, which does not exist", text)
	}
	if scheme == "http" && port == 80 || scheme == "https" && port == 443 {
		return "", nil
	}
	return ":" + strconv.FormatUint(port, 10), nil
}

// matchesOrigin reports whether an Origin header is the one that parseOrigin has
// returned, in which "*" is one label.
func matchesOrigin(allowed, origin string) bool {
	before, after, wild := strings.Cut(allowed, "*.")
	if !wild {
		return strings.EqualFold(allowed, origin)
	}
	origin = strings.ToLower(origin)
	label, ok := strings.CutPrefix(origin, before)
	if !ok {
		return false
	}
	label, ok = strings.CutSuffix(label, "."+after)
	return ok && label != "" && strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// validHeaderName reports whether name is a token (RFC 9110, 5.6.2). "*", which is
// one too, means nothing where cookies are sent.
func validHeaderName(name string) bool {
	const token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
	return name != "" && name != "*" && strings.Trim(name, token) == ""
}
