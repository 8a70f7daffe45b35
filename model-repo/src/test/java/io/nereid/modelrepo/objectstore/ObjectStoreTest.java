package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelOutline;
import io.nereid.modelrepo.ModelRepositoryException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a store makes of a bucket, whatever the bucket does: the bucket is one in memory. */
@Timeout(60)
class ObjectStoreTest {
    private static final ObjectLocation PLACE = ObjectLocation.parse("s3://models/p");

    @TempDir
    private Path copies;
    private final MemoryBucket bucket = new MemoryBucket();

    /** A bucket of texts, whose tag is the text itself. */
    private static final class MemoryBucket implements Bucket {
        private final SortedMap<String, String> objects = new ConcurrentSkipListMap<>();
        private final AtomicInteger listings = new AtomicInteger();
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger maxRunning = new AtomicInteger();
        private final AtomicBoolean closed = new AtomicBoolean();
        private final AtomicReference<@Nullable IOException> error = new AtomicReference<>();
        private volatile Download download = (item, file) -> Files.writeString(file, item.tag());

        private interface Download {
            void to(Item item, Path file) throws IOException;
        }

        private void throwError() throws IOException {
            IOException thrown = error.get();
            if (thrown != null) {
                throw thrown;
            }
        }

        @Override
        public List<String> folders(String prefix) throws IOException {
            throwError();
            return objects.keySet().stream().filter(key -> key.startsWith(prefix))
                    .filter(key -> key.indexOf('/', prefix.length()) >= 0)
                    .map(key -> key.substring(0, key.indexOf('/', prefix.length()) + 1)).distinct().toList();
        }

        @Override
        public List<Item> list(String prefix, int max) throws IOException {
            throwError();
            listings.incrementAndGet();
            return objects.entrySet().stream().filter(object -> object.getKey().startsWith(prefix))
                    .map(object -> new Item(object.getKey(), object.getValue(), object.getValue().length())).toList();
        }

        @Override
        public void download(Item item, Path file) throws IOException {
            maxRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                download.to(item, file);
            } finally {
                running.decrementAndGet();
            }
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    private ObjectStore store() {
        return new ObjectStore("s3://models/p", PLACE, bucket, copies, Duration.ofMillis(1));
    }

    private void put(String... paths) {
        for (String path : paths) {
            bucket.objects.put("p/" + path, "content of " + path);
        }
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(copies)) {
            return files.toList();
        }
    }

    @Test
    void list_folders_areModelsButForHiddenOnes() {
        put("a/1/x", "b/config.pbtxt", ".git/x", "file", "with space/x", "../x", "c\u0001/x");
        assertThat(store().list()).containsExactly("a", "b", "with space");
        assertThat(store().has("a")).isTrue();
        assertThat(store().has(".git")).isFalse();
        assertThat(store().has("file")).isFalse();
    }

    @Test
    void outline_modelWithLargeFiles_copiesWhatSaysWhatItIsAndNamesTheRest() throws Exception {
        put("m/config.pbtxt", "m/configs/other.pbtxt", "m/labels.txt", "m/1/model.onnx", "m/1/deep/weights", "m/2/");
        List<String> copied = new CopyOnWriteArrayList<>();
        bucket.download = (item, file) -> {
            copied.add(item.key());
            Files.writeString(file, item.tag());
        };
        ModelOutline outline = store().outline("m");
        Path model = outline.files().directory().path();
        assertThat(outline.whole()).isFalse();
        assertThat(copied).containsExactlyInAnyOrder("p/m/config.pbtxt", "p/m/configs/other.pbtxt", "p/m/labels.txt");
        assertThat(model.resolve("config.pbtxt")).hasContent("content of m/config.pbtxt");
        assertThat(model.resolve("1/model.onnx")).hasSize("content of m/1/model.onnx".length());
        assertThat(model.resolve("1/deep/weights")).hasSize("content of m/1/deep/weights".length());
        assertThat(model.resolve("2")).isEmptyDirectory();
        outline.files().release();
        assertThat(left()).isEmpty();
    }

    @Test
    void outline_fileCannotBeCopied_leavesNothing() throws Exception {
        put("m/config.pbtxt", "m/1/model.onnx");
        bucket.download = (_, _) -> {
            throw new IOException("the connection was reset");
        };
        assertThatThrownBy(() -> store().outline("m")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("failed to read model 'm' of model repository 's3://models/p'")
                .hasMessageContaining("the connection was reset");
        assertThat(left()).isEmpty();
        assertThatThrownBy(() -> store().outline("n")).hasMessageContaining("has no model 'n'");
    }

    @Test
    void list_bucketFails_namesTheStoreAndTheReason() {
        bucket.error.set(new IOException("bucket 'models' answered 403"));
        assertThatThrownBy(() -> store().list()).isInstanceOf(ModelRepositoryException.class)
                .hasMessage("failed to read model repository 's3://models/p': bucket 'models' answered 403")
                .hasNoCause();
    }

    @Test
    void list_nothingAtFirst_isAnErrorAndLaterNone() {
        ObjectStore store = store();
        assertThatThrownBy(store::list).hasMessage("model repository 's3://models/p' has no model: no object there is"
                + " named 'p/MODEL/...'");
        put("m/1/x");
        assertThat(store.list()).containsExactly("m");
        bucket.objects.clear();
        assertThat(store.list()).isEmpty();
    }

    @Test
    void contents_objects_areKnownByTheirTagsAndFoldersByTheirName() {
        put("m/config.pbtxt", "m/1/model.onnx", "m2/other");
        bucket.objects.put("p/m/", "");
        bucket.objects.put("p/m/2/", "");
        assertThat(store().contents("m").digests()).containsExactlyInAnyOrderEntriesOf(Map.of("config.pbtxt",
                "content of m/config.pbtxt", "1/model.onnx", "content of m/1/model.onnx", "2/", ""));
        assertThat(bucket.running).hasValue(0);
        assertThat(bucket.maxRunning).as("nothing is downloaded to compare").hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "", ".", "..", "m/1", "a\\b", "\u0007"})
    void contentsAndFetch_noSuchModel_saySo(String name) {
        put("m/1/x");
        String text = "model repository 's3://models/p' has no model '" + name + "'";
        assertThatThrownBy(() -> store().contents(name)).isInstanceOf(ModelRepositoryException.class).hasMessage(text);
        assertThatThrownBy(() -> store().fetch(name)).hasMessage(text);
    }

    @Test
    void fetch_manyFiles_areCopiedEightAtATimeAtMost() throws Exception {
        for (int i = 0; i < 40; i++) {
            put("m/1/file" + i);
        }
        CountDownLatch eight = new CountDownLatch(8);
        bucket.download = (item, file) -> {
            eight.countDown();
            try {
                eight.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            Files.writeString(file, item.tag());
        };
        ModelFiles files = store().fetch("m");
        assertThat(bucket.maxRunning).hasValue(8);
        for (int i = 0; i < 40; i++) {
            assertThat(files.directory().path().resolve("1/file" + i)).hasContent("content of m/1/file" + i);
        }
        files.release();
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_listingIsTheSameBeforeAndAfter_isListedTwice() {
        put("m/1/x");
        store().fetch("m").release();
        assertThat(bucket.listings).hasValue(2);
    }

    @Test
    void fetch_objectIsCutShort_isCopiedAgain() {
        put("m/1/x");
        AtomicInteger tries = new AtomicInteger();
        bucket.download = (item, file) -> Files.writeString(file,
                tries.incrementAndGet() == 1 ? "cut" : item.tag());
        ModelFiles files = store().fetch("m");
        assertThat(files.directory().path().resolve("1/x")).hasContent("content of m/1/x");
        assertThat(tries).hasValue(2);
        files.release();
    }

    @Test
    void fetch_oneDownloadFails_leavesNothingAndSaysWhy() throws Exception {
        put("m/1/a", "m/1/b", "m/1/c");
        bucket.download = (item, file) -> {
            if (item.key().endsWith("b")) {
                throw new IOException("the disk is full");
            }
            Files.writeString(file, item.tag());
        };
        assertThatThrownBy(() -> store().fetch("m")).isInstanceOf(ModelRepositoryException.class)
                .hasMessage("failed to read model 'm' of model repository 's3://models/p': the disk is full");
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_downloadEndsInAnError_isAnErrorOfTheModel() throws Exception {
        put("m/1/a");
        bucket.download = (_, _) -> {
            throw new IllegalStateException("unexpected");
        };
        assertThatThrownBy(() -> store().fetch("m")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageEndingWith("java.lang.IllegalStateException: unexpected");
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_changesEveryTime_isTriedFiveTimes() throws Exception {
        put("m/1/a");
        AtomicInteger tries = new AtomicInteger();
        bucket.download = (item, _) -> {
            tries.incrementAndGet();
            throw new ObjectChangedException(item.key());
        };
        assertThatThrownBy(() -> store().fetch("m")).hasMessage("model 'm' of model repository 's3://models/p' changed"
                + " while it was copied, 5 times; load it again when its upload is complete");
        assertThat(tries).hasValue(5);
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_interrupted_endsAtOnceAndStaysInterrupted() throws Exception {
        put("m/1/a");
        CountDownLatch started = new CountDownLatch(1);
        bucket.download = (_, _) -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        };
        AtomicReference<String> end = new AtomicReference<>("");
        Thread loader = Thread.ofPlatform().start(() -> {
            try {
                store().fetch("m");
            } catch (ModelRepositoryException e) {
                end.set(e.getMessage() + " " + Thread.currentThread().isInterrupted());
            }
        });
        started.await();
        loader.interrupt();
        loader.join();
        assertThat(end).hasValue("copying model 'm' from 's3://models/p' was interrupted true");
        assertThat(left()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "1/../../x", "1//x", "./x", "1/x\\y", "1/\u0000", "1/\n"})
    void fetch_nameThatLeadsOutOrIsNoPath_isRefused(String path) throws Exception {
        put("m/1/model.onnx", "m/" + path);
        assertThatThrownBy(() -> store().fetch("m")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("an object is named '" + path + "', which is no path of a file in a model");
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_nameOf255Characters_isTheLongest() {
        put("m/1/" + "n".repeat(255));
        store().fetch("m").release();
        put("m/1/" + "n".repeat(256));
        assertThatThrownBy(() -> store().fetch("m")).hasMessageContaining("is no path of a file in a model");
    }

    @Test
    void close_store_closesItsBucket() {
        List<ObjectStore> stores = new ArrayList<>(List.of(store()));
        stores.forEach(ObjectStore::close);
        assertThat(bucket.closed).isTrue();
    }
}
