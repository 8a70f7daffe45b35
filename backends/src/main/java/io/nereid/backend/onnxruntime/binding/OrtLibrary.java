package io.nereid.backend.onnxruntime.binding;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.TemporaryFolders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * ONNX Runtime's shared libraries: those of the folder that the system property {@value #PATH_PROPERTY} names, else
 * those of the package on the class path, unpacked into a private folder that goes away with the process.
 */
final class OrtLibrary {
    /** Names the folder that holds {@code libonnxruntime.so} and its providers. */
    static final String PATH_PROPERTY = "onnxruntime.native.path";

    private static final String CUDA_PROVIDER = "onnxruntime_providers_cuda";
    private static final String RESOURCES = "/ai/onnxruntime/native/";

    private static final Logger LOG = LoggerFactory.getLogger(OrtLibrary.class);
    private static final ReentrantLock LOCK = new ReentrantLock();

    /** Loaded libraries by the folder that was asked for: they stay until the process ends, so there is one of each. */
    @GuardedBy("LOCK")
    private static final Map<String, Loaded> LOADED = new HashMap<>();

    /** The library's file by the folder that was asked for: it is unpacked once. */
    @GuardedBy("LOCK")
    private static final Map<String, Path> FILES = new HashMap<>();

    /**
     * The library.
     *
     * @param folder where its file lies, and those of its providers
     */
    private record Loaded(SymbolLookup lookup, Path folder) {}

    private OrtLibrary() {}

    /**
     * Loads the library, for the rest of the process: ONNX Runtime cannot be unloaded.
     *
     * @throws InferenceException UNAVAILABLE if there is none for this machine
     */
    static SymbolLookup load(@Nullable String nativePath) throws InferenceException {
        return loaded(nativePath).lookup();
    }

    private static Loaded loaded(@Nullable String nativePath) throws InferenceException {
        String folder = nativePath == null ? "" : nativePath;
        LOCK.lock();
        try {
            Loaded library = LOADED.get(folder);
            if (library == null) {
                library = loadFrom(folder);
                LOADED.put(folder, library);
            }
            return library;
        } finally {
            LOCK.unlock();
        }
    }

    /** Whether what runs models on GPUs comes with the library. Only looks for a file; nothing is loaded. */
    static boolean hasCuda(@Nullable String nativePath) {
        String file = System.mapLibraryName(CUDA_PROVIDER);
        if (nativePath != null && !nativePath.isEmpty()) {
            return Files.isRegularFile(Path.of(nativePath).resolve(file));
        }
        String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
        return OrtLibrary.class.getResource(RESOURCES + platform + "/" + file) != null;
    }

    /**
     * Loads the library and what its CUDA provider needs, not the provider, which ONNX Runtime loads itself.
     *
     * @return what keeps it from that, as a clause for people; empty if nothing does
     */
    static String cudaObstacle(@Nullable String nativePath, CudaFolders folders) {
        LOCK.lock();
        try {
            Path folder = loaded(nativePath).folder();
            Path provider = folder.resolve(System.mapLibraryName(CUDA_PROVIDER));
            CudaLibraries.Missing missing = folders.libraries(folder).loadFor(provider);
            if (missing.wantedLater().contains(CudaLibraries.CUDNN)) {
                LOG.warn("there is no cuDNN ({}): ONNX Runtime loads no model with a convolution onto a GPU; {}",
                        CudaLibraries.CUDNN, folders.text());
            }
            return missing.needed().isEmpty() ? ""
                    : "CUDA's libraries are not all there: got no " + String.join(", ", missing.needed()) + "; "
                            + folders.text();
        } catch (InferenceException e) {
            return e.text();
        } catch (IOException e) {
            return "what the CUDA provider needs cannot be read: " + e;
        } finally {
            LOCK.unlock();
        }
    }

    @GuardedBy("LOCK")
    private static Loaded loadFrom(String folder) throws InferenceException {
        Path library = file(folder);
        OrtTelemetry.disable();
        try {
            return new Loaded(SymbolLookup.libraryLookup(library, Arena.global()),
                    Objects.requireNonNull(library.getParent()));
        } catch (IllegalArgumentException e) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "ONNX Runtime's library " + library + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    /**
     * The folder of the library, for other processes to load it from; nothing is loaded.
     *
     * @throws InferenceException as {@link #load}
     */
    static Path folder(@Nullable String nativePath) throws InferenceException {
        LOCK.lock();
        try {
            return Objects.requireNonNull(file(nativePath == null ? "" : nativePath).getParent());
        } finally {
            LOCK.unlock();
        }
    }

    @GuardedBy("LOCK")
    private static Path file(String folder) throws InferenceException {
        Path file = FILES.get(folder);
        if (file == null) {
            file = folder.isEmpty() ? unpacked() : inFolder(Path.of(folder));
            FILES.put(folder, file);
        }
        return file;
    }

    private static Path inFolder(Path folder) throws InferenceException {
        Path library = folder.resolve(System.mapLibraryName("onnxruntime"));
        if (Files.isRegularFile(library)) {
            return library.toAbsolutePath();
        }
        throw new InferenceException(ErrorCode.UNAVAILABLE, "no ONNX Runtime library at " + library
                + " (the folder is named by -D" + PATH_PROPERTY + ")");
    }

    private static Path unpacked() throws InferenceException {
        String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
        try {
            Path folder = TemporaryFolders.create(null, "onnxruntime");
            folder.toFile().deleteOnExit();
            Path library = unpack(platform, "onnxruntime", folder);
            if (library == null) {
                throw new InferenceException(ErrorCode.UNAVAILABLE, "no ONNX Runtime library for " + platform
                        + ": name the folder that holds one by -D" + PATH_PROPERTY);
            }
            // The providers are there in the GPU package only; ONNX Runtime looks for them beside its library.
            unpack(platform, "onnxruntime_providers_shared", folder);
            unpack(platform, CUDA_PROVIDER, folder);
            unpack(platform, "onnxruntime_providers_tensorrt", folder);
            return library;
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "ONNX Runtime's library could not be unpacked into " + System.getProperty("java.io.tmpdir") + ": "
                            + e,
                    e);
        }
    }

    private static @Nullable Path unpack(String platform, String name, Path folder) throws IOException {
        String file = System.mapLibraryName(name);
        try (InputStream content = OrtLibrary.class.getResourceAsStream(RESOURCES + platform + "/" + file)) {
            if (content == null) {
                return null;
            }
            Path target = folder.resolve(file);
            target.toFile().deleteOnExit();
            Files.copy(content, target);
            return target;
        }
    }

    /** The package's name for a machine: {@code linux-x64}. */
    static String platform(String osName, String osArch) {
        String system = osName.toLowerCase(Locale.ROOT);
        String os = system.startsWith("mac") ? "osx" : system.startsWith("windows") ? "win" : "linux";
        return os + "-" + (osArch.equals("amd64") || osArch.equals("x86_64") ? "x64" : osArch);
    }
}
