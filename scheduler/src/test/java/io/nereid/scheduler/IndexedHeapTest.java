package io.nereid.scheduler;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class IndexedHeapTest {
    private final IndexedHeap<Item> heap = new IndexedHeap<>(new ByRank());

    @Test
    void first_emptyHeap_isNull() {
        assertThat(heap.first()).isNull();
        assertThat(heap.size()).isZero();
    }

    @Test
    void place_elementThatIsIn_movesItToItsNewPlace() {
        Item a = new Item(1);
        Item b = new Item(2);
        heap.place(a);
        heap.place(b);
        a.rank = 3;
        heap.place(a);
        assertThat(heap.size()).isEqualTo(2);
        assertThat(heap.first()).isSameAs(b);
        a.rank = 0;
        heap.place(a);
        assertThat(heap.first()).isSameAs(a);
    }

    @Test
    void remove_elementThatIsNotIn_doesNothing() {
        Item a = new Item(1);
        heap.place(a);
        heap.remove(new Item(1));
        assertThat(heap.size()).isEqualTo(1);
        heap.remove(a);
        heap.remove(a);
        assertThat(heap.size()).isZero();
        assertThat(a.index).isEqualTo(-1);
    }

    @Test
    void anyOperation_atRandom_answersAsAPriorityQueue() {
        for (long seed = 0; seed < 300; seed++) {
            compareWithPriorityQueue(seed);
        }
    }

    private static void compareWithPriorityQueue(long seed) {
        Random random = new Random(seed * 31 + 7);
        IndexedHeap<Item> heap = new IndexedHeap<>(new ByRank());
        PriorityQueue<Item> expected = new PriorityQueue<>(Comparator.comparingLong(item -> item.rank));
        List<Item> in = new ArrayList<>();
        for (int step = 0; step < 200; step++) {
            int operation = random.nextInt(4);
            if (operation < 2 || in.isEmpty()) {
                Item item = new Item(random.nextInt(50));
                heap.place(item);
                expected.add(item);
                in.add(item);
            } else {
                Item item = in.get(random.nextInt(in.size()));
                expected.remove(item);
                if (operation == 2) {
                    heap.remove(item);
                    in.remove(item);
                } else {
                    item.rank = random.nextInt(50);
                    heap.place(item);
                    expected.add(item);
                }
            }
            assertThat(heap.size()).as("seed %d", seed).isEqualTo(in.size());
            if (!in.isEmpty()) {
                assertThat(Objects.requireNonNull(heap.first()).rank).as("seed %d", seed)
                        .isEqualTo(Objects.requireNonNull(expected.peek()).rank);
            }
            assertThat(in.stream().map(item -> item.index).distinct().count()).as("seed %d: places", seed)
                    .isEqualTo(in.size());
        }
    }

    private static final class Item {
        private long rank;
        private int index = -1;

        Item(long rank) {
            this.rank = rank;
        }
    }

    private static final class ByRank implements IndexedHeap.Order<Item> {
        @Override
        public boolean isBefore(Item one, Item other) {
            return one.rank < other.rank;
        }

        @Override
        public int index(Item item) {
            return item.index;
        }

        @Override
        public void index(Item item, int index) {
            item.index = index;
        }
    }
}
