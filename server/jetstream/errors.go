package jetstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

// Error codes of JetStream that package jetstream of nats.go has no name for.
const (
	codeNoPeers            natsjs.ErrorCode = 10005
	codeResources          natsjs.ErrorCode = 10023
	codeReplicasStandalone natsjs.ErrorCode = 10074
	codeStoreFailed        natsjs.ErrorCode = 10077
	codeBeingPublished     natsjs.ErrorCode = 10158
)

var (
	// errNotSure says that a cluster, which is in the middle of something, has
	// no such stream.
	errNotSure  = errors.New("the NATS stream is not there at present")
	errNoLeader = errors.New("the NATS stream has no leader at present")
)

// passing reports whether err may be gone when the same is tried again.
func passing(err error) bool {
	if api := apiError(err); api != nil {
		switch api.ErrorCode {
		case codeResources, codeStoreFailed:
			return false
		case codeBeingPublished, codeNoPeers: // nodes may be on their way
			return true
		}
		return api.Code == http.StatusServiceUnavailable || api.Code == http.StatusTooManyRequests
	}
	for _, known := range []error{
		context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected,
		nats.ErrReconnectBufExceeded, nats.ErrConnectionReconnecting, natsjs.ErrNoStreamResponse, errNotSure, errNoLeader,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

func apiError(err error) *natsjs.APIError {
	var api *natsjs.APIError
	if errors.As(err, &api) {
		return api
	}
	var has natsjs.JetStreamError
	if errors.As(err, &has) {
		return has.APIError()
	}
	return nil
}

// explain says what to do about a refusal.
func explain(err error) error {
	if api := apiError(err); api != nil {
		switch api.ErrorCode {
		case codeNoPeers, codeReplicasStandalone:
			return fmt.Errorf("the NATS cluster has too few nodes for the number of replicas: set Options.Replicas to 1, or start more nodes: %w", err)
		}
	}
	return err
}
