// Package jetstream keeps the logs of feeds in NATS JetStream: in a NATS server
// inside the process, on disk or in memory and without a port, or in a cluster.
//
//	store, err := jetstream.Open(ctx, &jetstream.Options{Dir: "/var/lib/prices"})
//	defer store.Close()
//	log, err := store.Log(ctx, "prices", &jetstream.Retention{MaxAge: 24 * time.Hour})
//	feed, err := server.Open(ctx, log, nil)
//
// # What is promised
//
// An acknowledged record, one whose number [Log.Append] has returned, is there
// until the log's [Retention] lets it go:
//
//   - With Dir it survives the end of the process in any way, kill -9 included:
//     it is with the operating system before it is acknowledged. It does not
//     survive a power cut unless [Options.Sync] is set, which costs an fsync
//     for each record. Without it the server writes to the disk every 2 minutes.
//   - With URL a majority of the log's replicas have it, each on its operating
//     system, so fewer than half of the nodes may go at the same time, for good
//     or not. Nodes that fsync are a matter of their configuration (sync_interval).
//   - With Memory it ends with the store.
//
// The records of one Append stand in their order. Every reader of a log, in
// whichever process, gets the same records with the same numbers in the same
// order, and [Log.Follow] gives each one once, also where nodes go and come.
//
// A record with a MessageID that the log has seen within [Retention.Duplicates]
// is not put there again, also across a restart. So who gets an error from Append
// publishes the same records again and has each of them once. A record without
// one may come twice that way.
//
// # What is not
//
// A cluster finds a new leader within 10 s of one that has gone silent, and
// publishing waits meanwhile. A store whose node is cut off from the others moves
// on to another node if it has a follower; its logs are not ready until then.
//
// An error from Append does not say that a record is not there. Records of one
// Append are not taken as a whole: some of them may be there where it fails.
// MessageIDs are forgotten after their time. Whoever may publish to the NATS
// subjects runnel.> can put anything into a log, and who may change the streams
// runnel_* can end it; the cluster's accounts have to see to that.
//
// # Numbers
//
// A record's number is its sequence number in the stream. Numbers are given once.
// A log in the process has no holes among the records that it holds; in a cluster
// an operator can make some, by removing messages from the stream. A hole is
// passed over: the next record has a number that is more than one higher.
//
// # Damage
//
// The files of a directory carry checksums, and Open reads all of them, at the
// speed of the disk, before it lets the server at them, for the server would cut
// off what is damaged and give the numbers again. Damage is an error that names
// the file and the place. A context that ends meanwhile is an error, and not damage:
// the files are as good as they were. Beside the files there is the highest number that
// anybody was told of, so the loss of the log's end is noticed too, say after a
// power cut without Sync; it is an error from [Store.Log]. What goes unnoticed is
// the loss of whole files at the log's beginning, which look as if their time had
// come. An error that wraps [server.ErrLog] is for good: the log has ended, has
// lost its end, or another one is in its place.
//
// A disk that is full, or a write that fails for another reason, is an error from
// Append and [Log.Ready] from then on, until the store is opened anew. What was
// acknowledged can be read meanwhile, and is there afterwards.
//
// # Costs
//
// NATS makes a program about 17 MB larger, 12 MB if it is stripped. A server
// inside the process takes some 8 MB of memory and 20 goroutines, and as much as
// it has read and written lately, in blocks of up to 8 MB that go again when
// nobody asks for them. A follower takes one consumer of the stream, and asks the
// stream's leader how things are every 3 s; nothing else costs one.
package jetstream
