package io.nereid.server.cli;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HeapGrowthTest {
    private long heap = 30;
    private long live = 20;
    private int collections;
    private final HeapGrowth growth = new HeapGrowth(64, () -> heap, () -> {
        collections++;
        heap = live;
    });

    private int collectionsAfterGrowingBy(long bytes) {
        int before = collections;
        heap += bytes;
        growth.look();
        return collections - before;
    }

    @Test
    void heapThatGrowsLittle_isLeftAlone() {
        assertThat(collectionsAfterGrowingBy(0)).isZero();
        assertThat(collectionsAfterGrowingBy(63)).isZero();
    }

    @Test
    void heapThatHasGrown_isCollected_onceForEachGrowth() {
        assertThat(collectionsAfterGrowingBy(64)).isOne();
        assertThat(collectionsAfterGrowingBy(0)).isZero();
        assertThat(collectionsAfterGrowingBy(63)).isZero();
        assertThat(collectionsAfterGrowingBy(1)).isOne();
    }

    @Test
    void heapThatNeedsMore_mayDouble() {
        live = 500;
        assertThat(collectionsAfterGrowingBy(600)).isOne();
        assertThat(collectionsAfterGrowingBy(499)).as("not again and again for what lives").isZero();
        assertThat(collectionsAfterGrowingBy(1)).isOne();
    }

    @Test
    void heapThatHasShrunkByItself_mayGrowFromThere() {
        heap = 10;
        growth.look();
        assertThat(collectionsAfterGrowingBy(64)).isOne();
    }
}
