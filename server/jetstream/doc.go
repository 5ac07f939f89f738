// Package jetstream keeps the logs of feeds in NATS JetStream.
package jetstream
