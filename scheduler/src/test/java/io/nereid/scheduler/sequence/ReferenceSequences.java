package io.nereid.scheduler.sequence;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What the sequence batcher is to do, written down as simply as it can be: everything is searched for. */
final class ReferenceSequences {
    private final boolean direct;
    private final boolean iterative;
    private final int rows;
    private final int maxBatchSize;
    private final long idleNanos;
    private final List<One> all = new ArrayList<>();
    /** The sequence that each request was added to. */
    private final Map<String, One> owners = new HashMap<>();
    private final Set<Integer> instances = new TreeSet<>();
    private int counter;

    /** A request: its id, what it has to have in common with others, and when it came. */
    record Request(String id, int key, long came, int number) {}

    private static final class One {
        private final long id;
        private final int number;
        private final List<Request> requests = new ArrayList<>();
        private boolean open = true;
        private boolean lost;
        private int instance = -1;
        private int row = -1;
        private long used;
        private @Nullable String running;
        /** Which of the first requests could run before which. */
        private int eligible;
        /** Which request was taken before which. */
        private int taken;

        private One(long id, int number) {
            this.id = id;
            this.number = number;
        }
    }

    ReferenceSequences(boolean direct, boolean iterative, int rows, int maxBatchSize, long idleNanos) {
        this.direct = direct;
        this.iterative = iterative;
        this.rows = rows;
        this.maxBatchSize = maxBatchSize;
        this.idleNanos = idleNanos;
    }

    void addInstance(int number) {
        instances.add(number);
        fillSlots();
    }

    private @Nullable One open(long id) {
        return all.stream().filter(one -> one.open && one.id == id).findFirst().orElse(null);
    }

    /** Whether the request is queued; null if it is, else why not. */
    @Nullable
    String add(long id, boolean start, boolean end, String request, int key, long now) {
        One one = open(id);
        if (!start && (one == null || one.lost)) {
            return one == null ? "START" : "gone";
        }
        if (one != null && one.lost) {
            all.remove(one);
            one = null;
        }
        if (one == null) {
            one = new One(id, counter++);
            all.add(one);
        }
        one.used = now;
        one.open = !end || iterative;
        owners.put(request, one);
        one.requests.add(new Request(request, key, now, counter++));
        fillSlots();
        noteEligible(one);
        return null;
    }

    private void noteEligible(One one) {
        if (one.row >= 0 && one.running == null && one.eligible == 0 && !one.requests.isEmpty()) {
            one.eligible = ++counter;
        }
    }

    private void fillSlots() {
        for (One one : all.stream().filter(waiting -> waiting.row < 0 && !waiting.requests.isEmpty())
                .sorted(Comparator.comparingInt(waiting -> waiting.number)).toList()) {
            for (int row = 0; row < rows && one.row < 0; row++) {
                for (int instance : instances) {
                    if (one.row < 0 && at(instance, row) == null) {
                        one.instance = instance;
                        one.row = row;
                        noteEligible(one);
                    }
                }
            }
        }
    }

    private @Nullable One at(int instance, int row) {
        return all.stream().filter(one -> one.instance == instance && one.row == row).findFirst().orElse(null);
    }

    /** The rows that the instance runs now; empty if it has nothing. */
    List<String> run(int instance, long now) {
        for (One one : all.stream().sorted(Comparator.comparingInt(one -> one.taken)).toList()) {
            if (!iterative && one.running != null && runsOn(one, instance)) {
                one.running = null;
                one.used = now;
                noteEligible(one);
                forget(one);
            }
        }
        expire(now);
        List<One> chosen = direct ? chosenRows(instance) : chosenOldest(instance);
        List<String> ran = new ArrayList<>();
        for (One one : chosen) {
            ran.add(one == null ? "-" : one.requests.getFirst().id());
        }
        for (One one : chosen) {
            if (one != null) {
                one.running = one.requests.removeFirst().id();
                one.taken = ++counter;
                one.eligible = 0;
                lastInstance(one, instance);
            }
        }
        fillSlots();
        return ran;
    }

    /** An execution of the request is over, and it comes back; null if it does, else why not. */
    @Nullable
    String again(String request, int key, long now) {
        One one = owners.get(request);
        if (one == null || one.lost) {
            return "gone";
        }
        if (!all.contains(one)) {
            return "ended";
        }
        one.running = null;
        one.requests.addFirst(new Request(request, key, now, counter++));
        one.used = now;
        noteEligible(one);
        return null;
    }

    /** An execution of the request is over, and so is the request. */
    void over(String request) {
        One one = owners.get(request);
        if (one != null && request.equals(one.running)) {
            one.running = null;
            if (one.requests.isEmpty()) {
                all.remove(one);
            }
            noteEligible(one);
            fillSlots();
        }
    }

    private static boolean runsOn(One one, int instance) {
        return one.instance == instance || one.instance == -2 - instance;
    }

    /** One that is over leaves its slot; who runs it is remembered. */
    private static void lastInstance(One one, int instance) {
        if (!one.open && one.requests.isEmpty()) {
            one.instance = -2 - instance;
            one.row = -1;
        }
    }

    private void forget(One one) {
        if (!one.open && one.requests.isEmpty() && one.running == null) {
            all.remove(one);
        }
    }

    private List<One> ready(int instance) {
        return all.stream().filter(one -> one.instance == instance && one.row >= 0 && !one.requests.isEmpty()
                && one.running == null).toList();
    }

    private List<One> chosenRows(int instance) {
        One oldest = ready(instance).stream().min(Comparator.<One>comparingLong(one -> one.requests.getFirst().came())
                .thenComparingInt(one -> one.row)).orElse(null);
        List<One> chosen = new ArrayList<>();
        int last = all.stream().filter(one -> one.instance == instance).mapToInt(one -> one.row).max().orElse(-1);
        for (int row = 0; oldest != null && row <= last; row++) {
            One one = at(instance, row);
            boolean goes = one != null && !one.requests.isEmpty() && one.running == null
                    && one.requests.getFirst().key() == oldest.requests.getFirst().key();
            chosen.add(goes ? one : null);
        }
        return chosen;
    }

    private List<One> chosenOldest(int instance) {
        List<One> ready = new ArrayList<>(ready(instance));
        ready.sort(Comparator.comparingInt(one -> one.eligible));
        Request first = ready.stream().map(one -> one.requests.getFirst())
                .min(Comparator.comparingLong(Request::came)).orElse(null);
        if (first == null) {
            return List.of();
        }
        int key = ready.getFirst().requests.getFirst().key();
        return ready.stream().filter(one -> one.requests.getFirst().key() == key).limit(maxBatchSize).toList();
    }

    void expire(long now) {
        for (One one : List.copyOf(all)) {
            if (one.open && now - one.used >= idleNanos) {
                if (one.requests.isEmpty() && one.running == null) {
                    all.remove(one);
                } else {
                    one.used = now;
                }
            }
        }
        fillSlots();
    }

    boolean isQueued(String request) {
        return all.stream().anyMatch(one -> one.requests.stream().anyMatch(each -> each.id().equals(request)));
    }

    /** The requests that leave with one that is cancelled; null if it was not there. */
    @Nullable
    List<String> cancel(String request) {
        for (One one : all) {
            boolean queued = one.requests.stream().anyMatch(each -> each.id().equals(request));
            if (queued || request.equals(one.running)) {
                List<String> left = one.requests.stream().map(Request::id).filter(id -> !id.equals(request)).toList();
                all.remove(one);
                fillSlots();
                return left;
            }
        }
        return null;
    }

    /** The requests that leave with an instance. */
    List<String> lose(int instance) {
        instances.remove(instance);
        List<String> left = new ArrayList<>();
        for (One one : List.copyOf(all)) {
            if (runsOn(one, instance)) {
                one.requests.forEach(request -> left.add(request.id()));
                one.requests.clear();
                one.running = null;
                one.instance = -1;
                one.row = -1;
                one.eligible = 0;
                one.lost = true;
                if (!one.open) {
                    all.remove(one);
                }
            }
        }
        return left;
    }

    int size() {
        return all.stream().mapToInt(one -> one.requests.size()).sum();
    }
}
