package demo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	psnet "github.com/shirou/gopsutil/v4/net"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// machineSources lists what there is to read of the machine.
func machineSources(stream *server.Feed, interval time.Duration) []source {
	return []source{
		reading("cpu", interval, stream, feed.CPUEvent, new(cpuReader).read),
		reading("memory", 2*interval, stream, feed.MemoryEvent, readMemory),
		reading("load", 2*interval, stream, feed.LoadEvent, readLoad),
		reading("network", 2*interval, stream, feed.NetworkEvent, new(networkReader).read),
		reading("disk", 2*interval, stream, feed.DiskEvent, new(diskReader).read),
		reading("processes", 4*interval, stream, feed.ProcessesEvent, new(processReader).read),
	}
}

func reading[T any](
	name string, every time.Duration, stream *server.Feed,
	typ eventstream.EventType[T], read func(context.Context, time.Time) (*T, error),
) source {
	return source{name, every, publishing(stream, name, every, typ, read)}
}

// stamp is a time as it stands in an event: to the millisecond, for every reader
// the same. Rates are computed before, from the clock that never jumps.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// tenths rounds a share: what is finer is below what the system measures.
func tenths(percent float64) float64 { return math.Round(percent*10) / 10 }

// newHeartbeat returns a reader of the server's own state. failing is how many
// sources cannot be read at present.
func newHeartbeat(
	stream *server.Feed, failing *atomic.Int32, node string,
) func(context.Context, time.Time) (*feed.Heartbeat, error) {
	start := time.Now()
	host, _ := os.Hostname() // "" says that there is none
	var seq uint64
	return func(_ context.Context, now time.Time) (*feed.Heartbeat, error) {
		seq++
		status := feed.StatusOK
		if failing.Load() > 0 {
			status = feed.StatusDegraded
		}
		return &feed.Heartbeat{
			Seq: seq, Time: stamp(now), Status: status, Uptime: now.Sub(start),
			Host: host, OS: runtime.GOOS + "/" + runtime.GOARCH,
			Clients: stream.Stats().Clients, Node: node,
		}, nil
	}
}

func readMemory(ctx context.Context, now time.Time) (*feed.Memory, error) {
	main, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("read memory: %w", err)
	}
	swap, err := mem.SwapMemoryWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("read swap: %w", err)
	}
	return &feed.Memory{
		Time: stamp(now), Total: main.Total, Used: main.Used, Available: main.Available,
		SwapTotal: swap.Total, SwapUsed: swap.Used,
	}, nil
}

func readLoad(ctx context.Context, now time.Time) (*feed.Load, error) {
	average, err := load.AvgWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("read load average: %w", err)
	}
	cores, err := cpu.CountsWithContext(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("count cores: %w", err)
	}
	return &feed.Load{
		Time: stamp(now), One: average.Load1, Five: average.Load5, Fifteen: average.Load15, Cores: cores,
	}, nil
}

// cpuReader remembers each core's times of the reading before.
type cpuReader struct{ before []cpu.TimesStat }

func (c *cpuReader) read(ctx context.Context, now time.Time) (*feed.CPU, error) {
	times, err := cpu.TimesWithContext(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read cpu times: %w", err)
	}
	before := c.before
	c.before = times
	// Cores can be switched on and off; the next reading has them paired again.
	if len(times) == 0 || len(times) != len(before) {
		return nil, nil
	}
	cores := make([]float64, len(times))
	var sum float64
	for i := range times {
		share := busyShare(before[i], times[i])
		cores[i] = tenths(share)
		sum += share
	}
	return &feed.CPU{Time: stamp(now), Total: tenths(sum / float64(len(cores))), Cores: cores}, nil
}

// busyShare is the part of the time between two readings that a core was not
// idle, in percent. Waiting for a disk is idle.
func busyShare(before, after cpu.TimesStat) float64 {
	idle := (after.Idle + after.Iowait) - (before.Idle + before.Iowait)
	all := wholeTime(after) - wholeTime(before)
	if all <= 0 {
		return 0 // not one tick of its clock has passed
	}
	return min(max((all-idle)/all*100, 0), 100)
}

// wholeTime leaves out what guests used: the system counts it as user time too.
func wholeTime(t cpu.TimesStat) float64 {
	return t.User + t.System + t.Idle + t.Nice + t.Iowait + t.Irq + t.Softirq + t.Steal
}

// networkReader remembers each interface's counters of the reading before.
type networkReader struct {
	at     time.Time
	before map[string]psnet.IOCountersStat
}

func (n *networkReader) read(ctx context.Context, now time.Time) (*feed.Network, error) {
	counters, err := psnet.IOCountersWithContext(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read network counters: %w", err)
	}
	loopback, err := loopbacks()
	if err != nil {
		return nil, err
	}
	before, seconds := n.before, now.Sub(n.at).Seconds()
	n.at, n.before = now, make(map[string]psnet.IOCountersStat)
	for _, counter := range counters {
		n.before[counter.Name] = counter
	}
	if before == nil {
		return nil, nil
	}
	network := &feed.Network{Time: stamp(now), Interfaces: []feed.Interface{}}
	for _, after := range counters {
		old, there := before[after.Name]
		if !there || after.BytesRecv < old.BytesRecv || after.BytesSent < old.BytesSent {
			continue // it came, or started to count anew, since the reading before
		}
		rate := feed.Interface{
			Name: after.Name,
			Down: math.Round(float64(after.BytesRecv-old.BytesRecv) / seconds),
			Up:   math.Round(float64(after.BytesSent-old.BytesSent) / seconds),
		}
		network.Interfaces = append(network.Interfaces, rate)
		if !loopback[after.Name] {
			network.Down += rate.Down
			network.Up += rate.Up
		}
	}
	slices.SortFunc(network.Interfaces, func(a, b feed.Interface) int { return strings.Compare(a.Name, b.Name) })
	return network, nil
}

func loopbacks() (map[string]bool, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	names := make(map[string]bool)
	for _, i := range interfaces {
		names[i.Name] = i.Flags&net.FlagLoopback != 0
	}
	return names, nil
}

// diskReader remembers each disk's counters of the reading before.
type diskReader struct {
	at     time.Time
	before map[string]disk.IOCountersStat
}

var errNoDisk = errors.New("the system counts for no disk")

func (d *diskReader) read(ctx context.Context, now time.Time) (*feed.Disk, error) {
	counters, err := disk.IOCountersWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("read disk counters: %w", err)
	}
	keepWholeDisks(counters)
	if len(counters) == 0 {
		return nil, fmt.Errorf("read disk counters: %w", errNoDisk)
	}
	root := rootPath()
	usage, err := disk.UsageWithContext(ctx, root)
	if err != nil {
		return nil, fmt.Errorf("read usage of %s: %w", root, err)
	}
	before, seconds := d.before, now.Sub(d.at).Seconds()
	d.at, d.before = now, counters
	if before == nil {
		return nil, nil
	}
	read, written := transferred(before, counters)
	return &feed.Disk{
		Time: stamp(now), Read: math.Round(float64(read) / seconds), Write: math.Round(float64(written) / seconds),
		Path: root, Total: usage.Total, Used: usage.Used,
	}, nil
}

func transferred(before, after map[string]disk.IOCountersStat) (read, written uint64) {
	for name, now := range after {
		old, there := before[name]
		if !there || now.ReadBytes < old.ReadBytes || now.WriteBytes < old.WriteBytes {
			continue // it came, or started to count anew, since the reading before
		}
		read += now.ReadBytes - old.ReadBytes
		written += now.WriteBytes - old.WriteBytes
	}
	return read, written
}

// keepWholeDisks deletes what counts the same bytes a second time: partitions of
// a disk that is there, and devices that lie on top of others.
func keepWholeDisks(counters map[string]disk.IOCountersStat) {
	var extra []string
	for name := range counters {
		if isVirtualDisk(name) || isPartition(name, counters) {
			extra = append(extra, name)
		}
	}
	for _, name := range extra {
		delete(counters, name)
	}
}

func isVirtualDisk(name string) bool {
	return slices.ContainsFunc([]string{"loop", "ram", "zram", "dm-", "md"}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// isPartition knows sda1 of sda, and nvme0n1p1 of nvme0n1: a disk whose own name
// ends in a digit has a "p" in between.
func isPartition(name string, counters map[string]disk.IOCountersStat) bool {
	whole := strings.TrimRight(name, "0123456789")
	if whole == name {
		return false
	}
	if _, there := counters[whole]; there {
		return true
	}
	whole, cut := strings.CutSuffix(whole, "p")
	_, there := counters[whole]
	return cut && there
}

func rootPath() string {
	if runtime.GOOS != "windows" {
		return "/"
	}
	if drive := os.Getenv("SystemDrive"); drive != "" {
		return drive + `\`
	}
	return `C:\`
}
