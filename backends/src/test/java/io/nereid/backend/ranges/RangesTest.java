package io.nereid.backend.ranges;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RangesTest {
    private static final long PAGE = 4096;

    private final Ranges ranges = new Ranges(1024, 64);

    @Test
    void take_ofAnEmptyFile_isAlignedFromTheBeginning() {
        assertThat(ranges.take(1)).isEqualTo(new Range(0, 64));
        assertThat(ranges.take(65)).isEqualTo(new Range(64, 128));
    }

    @Test
    void take_withSeveralFreeRanges_takesTheShortestThatIsLongEnough() {
        ranges.take(256);
        ranges.take(64);
        ranges.take(128);
        ranges.take(64);
        ranges.release(0);
        ranges.release(320);
        assertThat(ranges.take(100)).isEqualTo(new Range(320, 128));
    }

    @Test
    void take_withTwoRangesAsLong_takesTheFirst() {
        for (int i = 0; i < 16; i++) {
            ranges.take(64);
        }
        ranges.release(512);
        ranges.release(128);
        assertThat(ranges.take(64)).isEqualTo(new Range(128, 64));
    }

    @Test
    void take_ofMoreThanAnyRange_isNull() {
        ranges.take(512);
        ranges.take(64);
        ranges.release(0);
        assertThat(ranges.take(513)).isNull(); // 960 bytes are free, in two ranges
    }

    @Test
    void take_ofTheWholeFile_leavesNothing() {
        assertThat(ranges.take(1024)).isEqualTo(new Range(0, 1024));
        assertThat(ranges.take(1)).isNull();
        assertThat(ranges.freeCount()).isZero();
    }

    @Test
    void take_ofNothingOrTooMuch_isRefused() {
        assertThatThrownBy(() -> ranges.take(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ranges.take(Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void release_betweenTwoFreeRanges_joinsAll() {
        ranges.take(64);
        ranges.take(64);
        ranges.take(64);
        ranges.release(0);
        ranges.release(128);
        assertThat(ranges.release(64)).isEqualTo(new Range(0, 1024));
        assertThat(ranges.freeCount()).isOne();
    }

    @Test
    void release_ofWhatIsNotTaken_isRefused() {
        ranges.take(64);
        ranges.release(0);
        assertThatThrownBy(() -> ranges.release(0)).isInstanceOf(IllegalStateException.class)
                .hasMessage("nothing is taken at offset 0");
    }

    @Test
    void aFile_ofALengthThatIsNotAligned_isRefused() {
        assertThatThrownBy(() -> new Ranges(100, 64)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Ranges(96, 48)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void takeAndRelease_inAnyOrder_neverOverlapAndEndAsOneRange() {
        Random random = new Random(1);
        Ranges many = new Ranges(1 << 20, 64);
        List<Range> held = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (held.isEmpty() || random.nextInt(100) < 52) {
                Range taken = many.take(1 + random.nextInt(8192));
                if (taken != null) {
                    assertThat(held).noneMatch(other -> overlap(other, taken));
                    held.add(taken);
                }
            } else {
                many.release(held.remove(random.nextInt(held.size())).offset());
            }
        }
        held.forEach(range -> many.release(range.offset()));
        assertThat(many.takenCount()).isZero();
        assertThat(Objects.requireNonNull(many.take(1 << 20)).length()).isEqualTo(1 << 20);
    }

    private static boolean overlap(Range one, Range other) {
        return one.offset() < other.end() && other.offset() < one.end();
    }

    @Test
    void freePages_ofARangeWithinAPage_areNone() {
        assertThat(Ranges.freePages(new Range(64, 128), new Range(64, 128), PAGE).length()).isZero();
    }

    @Test
    void freePages_ofTheLastPartOfAPage_areThatPage() {
        assertThat(Ranges.freePages(new Range(64, 128), new Range(0, 5000), PAGE))
                .isEqualTo(new Range(0, PAGE));
    }

    @Test
    void freePages_amongTakenNeighbours_areTheWholeOnesWithin() {
        Range released = new Range(100 * 64, 3 * PAGE);
        assertThat(Ranges.freePages(released, released, PAGE)).isEqualTo(new Range(2 * PAGE, 2 * PAGE));
    }

    @Test
    void freePages_amongFreeNeighbours_areNotThoseThatWereFreeBefore() {
        assertThat(Ranges.freePages(new Range(10 * PAGE, PAGE), new Range(0, 100 * PAGE), PAGE))
                .isEqualTo(new Range(10 * PAGE, PAGE));
    }
}
