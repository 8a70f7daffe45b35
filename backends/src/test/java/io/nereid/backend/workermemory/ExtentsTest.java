package io.nereid.backend.workermemory;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ExtentsTest {
    private static final long PAGE = 4096;

    private final Extents extents = new Extents(1024, 64);

    @Test
    void take_ofAnEmptyFile_isAlignedFromTheBeginning() {
        assertThat(extents.take(1)).isEqualTo(new Extent(0, 64));
        assertThat(extents.take(65)).isEqualTo(new Extent(64, 128));
    }

    @Test
    void take_withSeveralFreeRanges_takesTheShortestThatIsLongEnough() {
        extents.take(256);
        extents.take(64);
        extents.take(128);
        extents.take(64);
        extents.release(0);
        extents.release(320);
        assertThat(extents.take(100)).isEqualTo(new Extent(320, 128));
    }

    @Test
    void take_withTwoRangesAsLong_takesTheFirst() {
        for (int i = 0; i < 16; i++) {
            extents.take(64);
        }
        extents.release(512);
        extents.release(128);
        assertThat(extents.take(64)).isEqualTo(new Extent(128, 64));
    }

    @Test
    void take_ofMoreThanAnyRange_isNull() {
        extents.take(512);
        extents.take(64);
        extents.release(0);
        assertThat(extents.take(513)).isNull(); // 960 bytes are free, in two ranges
    }

    @Test
    void take_ofTheWholeFile_leavesNothing() {
        assertThat(extents.take(1024)).isEqualTo(new Extent(0, 1024));
        assertThat(extents.take(1)).isNull();
        assertThat(extents.freeCount()).isZero();
    }

    @Test
    void take_ofNothingOrTooMuch_isRefused() {
        assertThatThrownBy(() -> extents.take(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> extents.take(Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void release_betweenTwoFreeRanges_joinsAll() {
        extents.take(64);
        extents.take(64);
        extents.take(64);
        extents.release(0);
        extents.release(128);
        assertThat(extents.release(64)).isEqualTo(new Extent(0, 1024));
        assertThat(extents.freeCount()).isOne();
    }

    @Test
    void release_ofWhatIsNotTaken_isRefused() {
        extents.take(64);
        extents.release(0);
        assertThatThrownBy(() -> extents.release(0)).isInstanceOf(IllegalStateException.class)
                .hasMessage("nothing is taken at offset 0");
    }

    @Test
    void aFile_ofALengthThatIsNotAligned_isRefused() {
        assertThatThrownBy(() -> new Extents(100, 64)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Extents(96, 48)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void takeAndRelease_inAnyOrder_neverOverlapAndEndAsOneRange() {
        Random random = new Random(1);
        Extents many = new Extents(1 << 20, 64);
        List<Extent> held = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (held.isEmpty() || random.nextInt(100) < 52) {
                Extent taken = many.take(1 + random.nextInt(8192));
                if (taken != null) {
                    assertThat(held).noneMatch(other -> overlap(other, taken));
                    held.add(taken);
                }
            } else {
                many.release(held.remove(random.nextInt(held.size())).offset());
            }
        }
        held.forEach(extent -> many.release(extent.offset()));
        assertThat(many.takenCount()).isZero();
        assertThat(Objects.requireNonNull(many.take(1 << 20)).length()).isEqualTo(1 << 20);
    }

    private static boolean overlap(Extent one, Extent other) {
        return one.offset() < other.end() && other.offset() < one.end();
    }

    @Test
    void freePages_ofARangeWithinAPage_areNone() {
        assertThat(Extents.freePages(new Extent(64, 128), new Extent(64, 128), PAGE).length()).isZero();
    }

    @Test
    void freePages_ofTheLastPartOfAPage_areThatPage() {
        assertThat(Extents.freePages(new Extent(64, 128), new Extent(0, 5000), PAGE)).isEqualTo(new Extent(0, PAGE));
    }

    @Test
    void freePages_amongTakenNeighbours_areTheWholeOnesWithin() {
        Extent released = new Extent(100 * 64, 3 * PAGE);
        assertThat(Extents.freePages(released, released, PAGE)).isEqualTo(new Extent(2 * PAGE, 2 * PAGE));
    }

    @Test
    void freePages_amongFreeNeighbours_areNotThoseThatWereFreeBefore() {
        assertThat(Extents.freePages(new Extent(10 * PAGE, PAGE), new Extent(0, 100 * PAGE), PAGE))
                .isEqualTo(new Extent(10 * PAGE, PAGE));
    }
}
