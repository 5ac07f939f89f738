package server

import (
	"net/http"
	"net/netip"
	"sync"
)

// limits counts streams, in all and for each address they come from.
type limits struct {
	all, perAddress int // 0: no limit
	address         func(*http.Request) string

	mu        sync.Mutex
	open      int
	addresses map[string]int
}

// enter counts a stream, or returns why it is one too many. Leave is to be called
// once it has ended.
func (l *limits) enter(r *http.Request) (leave func(), refused refusal) {
	from := l.address(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.all > 0 && l.open >= l.all:
		return nil, refusedLimit
	case l.perAddress > 0 && l.addresses[from] >= l.perAddress:
		return nil, refusedAddressLimit
	}
	l.open++
	if l.perAddress > 0 {
		l.addresses[from]++
	}
	return func() { l.leave(from) }, ""
}

func (l *limits) leave(from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.perAddress == 0 {
		return
	}
	if l.addresses[from]--; l.addresses[from] == 0 {
		delete(l.addresses, from)
	}
}

// remoteAddress is the address that a connection comes from, without the port: by
// IPv6 the network of 64 bits, of which one machine has every address (RFC 4291,
// 2.5.1), and so as many as it likes.
func remoteAddress(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // of a listener of another kind
	}
	address := from.Addr().Unmap()
	if address.Is4() {
		return address.String()
	}
	network, _ := address.Prefix(64) // which no address of IPv6 is too short for
	return network.String()
}
