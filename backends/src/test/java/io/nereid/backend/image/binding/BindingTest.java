package io.nereid.backend.image.binding;

import io.nereid.backend.image.TestImages;
import org.junit.jupiter.api.Test;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

final class BindingTest {
    private static final int WIDTH = 64;
    private static final int HEIGHT = 48;
    private static final byte BEHIND = (byte) 0xA5;

    @Test
    void find_libraryThatIsNotThere_isAbsent() {
        assertThat(CFunctions.find("libnereid-has-no-such.so.0")).isEmpty();
    }

    @Test
    void function_thatIsNotThere_saysSo() {
        CFunctions library = CFunctions.find("libc.so.6").orElseThrow();

        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(
                () -> library.function("nereid_has_no_such", FunctionDescriptor.ofVoid()));
    }

    @Test
    void turboJpeg_targetOfAnotherSize_isNotWritten() {
        assumeThat(TurboJpeg.find()).isPresent();
        TurboJpeg library = TurboJpeg.find().orElseThrow();
        MemorySegment file = TestImages.memory(TestImages.file("jpeg/color.jpg"));
        MemorySegment target = TestImages.memory(new byte[WIDTH * HEIGHT * 3 - 1]);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> library.decode(file, TurboJpeg.Pixels.RGB, WIDTH, HEIGHT, target));
        assertThat(target.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @Test
    void turboJpeg_damage_isFatalWhereThereAreNoPixels() {
        assumeThat(TurboJpeg.find()).isPresent();
        TurboJpeg library = TurboJpeg.find().orElseThrow();
        byte[] file = TestImages.file("jpeg/color.jpg");
        MemorySegment target = TestImages.memory(new byte[WIDTH * HEIGHT * 3]);

        TurboJpeg.Outcome none = library.decode(TestImages.memory(new byte[100]), TurboJpeg.Pixels.RGB, WIDTH, HEIGHT,
                target);
        TurboJpeg.Outcome half = library.decode(TestImages.memory(Arrays.copyOf(file, file.length - 200)),
                TurboJpeg.Pixels.RGB, WIDTH, HEIGHT, target);

        assertThat(none).isInstanceOfSatisfying(TurboJpeg.Outcome.Damaged.class, damaged -> {
            assertThat(damaged.fatal()).isTrue();
            assertThat(damaged.text()).isNotEmpty();
        });
        assertThat(half).isInstanceOfSatisfying(TurboJpeg.Outcome.Damaged.class,
                damaged -> assertThat(damaged.fatal()).isFalse());
        assertThat(library.decode(TestImages.memory(file), TurboJpeg.Pixels.RGB, WIDTH, HEIGHT, target))
                .isEqualTo(new TurboJpeg.Outcome.Decoded());
    }

    /** Each call has a decoder of its own: an error of one does not show in another. */
    @Test
    void turboJpeg_manyThreads_doNotMixTheirImages() throws Exception {
        assumeThat(TurboJpeg.find()).isPresent();
        TurboJpeg library = TurboJpeg.find().orElseThrow();
        byte[] file = TestImages.file("jpeg/color.jpg");
        List<Callable<byte[]>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] sent = i % 2 == 0 ? file : new byte[50];
            calls.add(() -> {
                MemorySegment target = TestImages.memory(new byte[WIDTH * HEIGHT * 3]);
                TurboJpeg.Outcome outcome = library.decode(TestImages.memory(sent), TurboJpeg.Pixels.RGB, WIDTH,
                        HEIGHT, target);
                return outcome instanceof TurboJpeg.Outcome.Decoded ? target.toArray(ValueLayout.JAVA_BYTE)
                        : new byte[0];
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<byte[]>> results = threads.invokeAll(calls);
            for (int i = 0; i < results.size(); i++) {
                byte[] pixels = results.get(i).get();
                assertThat(pixels).isEqualTo(i % 2 == 0 ? results.getFirst().get() : new byte[0]);
            }
            assertThat(results.getFirst().get()).hasSize(WIDTH * HEIGHT * 3);
        }
    }

    /** The library writes no further than it is told there is memory, whatever size the file has. */
    @Test
    void webP_targetTooSmall_isNotWrittenBehind() {
        assumeThat(WebP.find()).isPresent();
        WebP library = WebP.find().orElseThrow();
        byte[] file = TestImages.file("webp/lossless.webp");
        int bytes = TestImages.pixels("webp/lossless.webp").length;
        MemorySegment target = TestImages.memory(new byte[2 * bytes]).fill(BEHIND);

        assertThat(library.decode(TestImages.memory(file), target.asSlice(0, bytes / 2), 3)).isFalse();
        assertThat(library.decode(TestImages.memory(new byte[40]), target.asSlice(0, bytes), 3)).isFalse();

        assertThat(target.toArray(ValueLayout.JAVA_BYTE)).containsOnly(BEHIND);
    }
}
