package io.nereid.backend.onnxruntime.binding;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * ONNX Runtime's shared libraries: those of the folder that the system property {@value #PATH_PROPERTY} names, else
 * those of the package on the class path, unpacked into a private folder that goes away with the process.
 */
final class OrtLibrary {
    /** Names the folder that holds {@code libonnxruntime.so} and its providers. */
    static final String PATH_PROPERTY = "onnxruntime.native.path";

    private static final String RESOURCES = "/ai/onnxruntime/native/";

    private static final ReentrantLock LOCK = new ReentrantLock();

    /** Loaded libraries by the folder that was asked for: they stay until the process ends, so there is one of each. */
    @GuardedBy("LOCK")
    private static final Map<String, SymbolLookup> LOADED = new HashMap<>();

    private OrtLibrary() {}

    /**
     * Loads the library, for the rest of the process: ONNX Runtime cannot be unloaded.
     *
     * @throws InferenceException UNAVAILABLE if there is none for this machine
     */
    static SymbolLookup load(@Nullable String nativePath) throws InferenceException {
        String folder = nativePath == null ? "" : nativePath;
        LOCK.lock();
        try {
            SymbolLookup library = LOADED.get(folder);
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
        String file = System.mapLibraryName("onnxruntime_providers_cuda");
        if (nativePath != null && !nativePath.isEmpty()) {
            return Files.isRegularFile(Path.of(nativePath).resolve(file));
        }
        String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
        return OrtLibrary.class.getResource(RESOURCES + platform + "/" + file) != null;
    }

    private static SymbolLookup loadFrom(String folder) throws InferenceException {
        Path library = folder.isEmpty() ? unpacked() : inFolder(Path.of(folder));
        OrtTelemetry.disable();
        try {
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "ONNX Runtime's library " + library + " cannot be loaded: " + e.getMessage(), e);
        }
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
            Path folder = Files.createTempDirectory("nereid-onnxruntime-");
            folder.toFile().deleteOnExit();
            Path library = unpack(platform, "onnxruntime", folder);
            if (library == null) {
                throw new InferenceException(ErrorCode.UNAVAILABLE, "no ONNX Runtime library for " + platform
                        + ": name the folder that holds one by -D" + PATH_PROPERTY);
            }
            // The providers are there in the GPU package only; ONNX Runtime looks for them beside its library.
            unpack(platform, "onnxruntime_providers_shared", folder);
            unpack(platform, "onnxruntime_providers_cuda", folder);
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
