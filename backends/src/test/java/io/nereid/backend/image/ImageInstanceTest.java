package io.nereid.backend.image;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.image.decode.ImageDecoders;
import io.nereid.inference.Await;
import io.nereid.inference.Cancellation;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.StreamListener;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ModelInstance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Images whose threads and memory the test holds. */
@Timeout(60)
final class ImageInstanceTest {
    private static final ModelVersion VERSION = new ModelVersion("pixels", 1, Path.of("pixels"), Path.of("pixels/1"));
    private static final String CONFIG = """
            backend: 'image' max_batch_size: 8
            parameters { key: 'resize' value { string_value: '2x2' } }
            """;
    private static final byte[] PNG = TestImages.file("png/color2-depth8.png");
    private static final long MEMORY = 1 << 20;

    private final TensorMemory memory = new PoisonedMemory(MEMORY, 0);
    private final DecodeThreads threads = new DecodeThreads(1);
    private final DecodeMemory decodeMemory = new DecodeMemory(1 << 20);
    private final ImageDecoders decoders = ImageDecoders.ofThisMachine();

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        threads.close();
        assertThat(memory.bytesInUse()).isZero();
    }

    /** The request keeps its memory until nothing decodes into it any more, cancelled or not. */
    @Test
    void cancel_whileImagesWaitForAThread_endsWithTheirs() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        DecodeThreads.Task before = threads.start(() -> {
            busy.countDown();
            await(goOn);
        });
        busy.await();
        StreamListener listener = new StreamListener();
        try (RunningModel model = start()) {
            InferenceRequest request = request(PNG, PNG);
            long withInputs = memory.bytesInUse();
            Cancellation cancellation = model.stream(request, listener);
            Await.until(() -> memory.bytesInUse() != withInputs); // until the instance has begun
            cancellation.cancel();
            assertThat(memory.bytesInUse()).isGreaterThanOrEqualTo(withInputs);
            goOn.countDown();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
            assertThat(before.await()).isNull();
        }
        assertThat(listener.responses()).isZero();
    }

    /** An image for which there is no tensor memory gives back what it has been charged for decoding. */
    @Test
    void execute_noMemoryForThePixels_isUnavailableAndLeavesNoCharge() throws Exception {
        byte[] large = bmp(400, 800); // 960 KB of pixels
        DecodeMemory tight = new DecodeMemory(2 << 20);
        ImageReader reader = reader(tight);
        MemorySegment tensor = tensor();
        TensorBuffer other = memory.allocate(MEMORY / 2);
        for (int i = 0; i < 5; i++) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> reader.read(TestImages.memory(large), tensor))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        }
        other.release();
        reader.read(TestImages.memory(large), tensor);
        tight.take(2 << 20); // all of it is there
    }

    /** Whatever is wrong with an image, nothing stays charged or allocated. */
    @Test
    void read_damagedImages_leaveNoCharge() throws Exception {
        DecodeMemory tight = new DecodeMemory(1 << 16);
        ImageReader reader = reader(tight);
        MemorySegment tensor = tensor();
        for (String name : TestImages.images("").filter(name -> !name.startsWith("resize/")).toList()) {
            byte[] file = TestImages.file(name);
            for (int part = 1; part < 6; part++) {
                byte[] cut = Arrays.copyOf(file, file.length * part / 8);
                assertThatExceptionOfType(InferenceException.class).as(name)
                        .isThrownBy(() -> reader.read(TestImages.memory(cut), tensor));
            }
        }
        tight.take(1 << 16);
    }

    @Test
    void execute_elementsThatAreNotWhole_failTheRequestAlone() throws Exception {
        byte[] element = Requests.strings(new String(PNG, StandardCharsets.ISO_8859_1));
        InferenceRequest cut = Requests.in(memory)
                .input("IMAGE", DataType.BYTES, Shape.of(1, 1), Arrays.copyOf(element, element.length - 1)).build();
        InferenceRequest missing = Requests.in(memory).input("OTHER", DataType.BYTES, Shape.of(1, 1), element).build();
        try (RunningModel model = start()) {
            List<Object> outcomes = model.run(cut, missing, request(PNG), request(new byte[0]));

            assertThat(((InferenceException) outcomes.get(0)).text())
                    .isEqualTo("input 'IMAGE': element 0 of 1 ends behind the tensor's data");
            assertThat(((InferenceException) outcomes.get(1)).text())
                    .isEqualTo("request 'id' has no input 'IMAGE', which the model needs");
            assertThat(((InferenceException) outcomes.get(3)).text())
                    .startsWith("input 'IMAGE', image 0 of 1: got nothing (expected a file in JPEG");
            InferenceResponse response = (InferenceResponse) outcomes.get(2);
            assertThat(Requests.output(response, "PIXELS").shape()).isEqualTo(Shape.of(1, 3, 2, 2));
            response.memory().release();
        }
    }

    /** The first of several images that cannot be decoded is named, in whichever order they end. */
    @Test
    void execute_severalDamagedImages_namesTheFirst() throws Exception {
        try (RunningModel model = start()) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> model.runOne(request(PNG, "GIF89a".getBytes(StandardCharsets.US_ASCII), PNG,
                            "%PDF".getBytes(StandardCharsets.US_ASCII))))
                    .withMessageStartingWith("input 'IMAGE', image 1 of 4: got GIF (expected a file in JPEG");
        }
    }

    @Test
    void execute_sideOfMoreThanJpegHas_isRefused() throws Exception {
        byte[] file = bmp(1, 1);
        file[18] = 0;
        file[20] = 1; // 65536 columns
        try (RunningModel model = start()) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> model.runOne(request(file)))
                    .withMessage(
                            "input 'IMAGE', image 0 of 1: got BMP of 65536x1 pixels, with a side of more than 65535");
        }
    }

    @Test
    void execute_outputNotWanted_givesNone() throws Exception {
        InferenceRequest request = Requests.in(memory).input("IMAGE", DataType.BYTES, Shape.of(1, 1),
                Requests.strings(new String(PNG, StandardCharsets.ISO_8859_1))).wanting("NONE").build();
        try (RunningModel model = start()) {
            InferenceResponse response = model.runOne(request);
            assertThat(response.outputs()).isEmpty();
            response.memory().release();
        }
    }

    private ImageReader reader(DecodeMemory charged) throws InferenceException {
        ImageSettings settings = ImageSettings.of(RunningModel.config("pixels", CONFIG));
        return new ImageReader(decoders, charged, memory, settings,
                TensorRows.Tables.of(DataType.FP32, settings.values()));
    }

    private RunningModel start() throws InferenceException {
        return RunningModel.start(new HeldBackend(), VERSION, RunningModel.config("pixels", CONFIG));
    }

    private InferenceRequest request(byte[]... images) throws InferenceException {
        String[] elements = Arrays.stream(images).map(image -> new String(image, StandardCharsets.ISO_8859_1))
                .toArray(String[]::new);
        return Requests.in(memory)
                .input("IMAGE", DataType.BYTES, Shape.of(images.length, 1), Requests.strings(elements))
                .rows(images.length).build();
    }

    /** A black BMP of 24 bits. */
    private static byte[] bmp(int width, int height) {
        int start = 54;
        byte[] file = new byte[start + (3 * width + 3) / 4 * 4 * height];
        file[0] = 'B';
        file[1] = 'M';
        file[10] = (byte) start;
        file[14] = 40;
        file[18] = (byte) width;
        file[19] = (byte) (width >> 8);
        file[22] = (byte) height;
        file[23] = (byte) (height >> 8);
        file[28] = 24;
        return file;
    }

    private static MemorySegment tensor() {
        return TestImages.memory(new byte[2 * 2 * 3 * Float.BYTES]);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The image backend's instances, over this test's threads and memory. */
    private final class HeldBackend implements Backend {
        @Override
        public String name() {
            return "image";
        }

        @Override
        public ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
            return ImageSignature.complete(config, ImageSettings.of(config));
        }

        @Override
        public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
            ImageSignature signature = ImageSignature.of(config, ImageSettings.of(config));
            ImageReader reader = reader(decodeMemory);
            return new BackendModel() {
                @Override
                public ModelInstance createInstance(InstancePlacement placement) {
                    return new ImageInstance(placement, signature, reader, threads, memory);
                }

                @Override
                public void close() {
                    // The test has what instances share.
                }
            };
        }

        @Override
        public void close() {
            // Likewise.
        }
    }
}
