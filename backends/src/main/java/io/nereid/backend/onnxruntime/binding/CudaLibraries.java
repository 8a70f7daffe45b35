package io.nereid.backend.onnxruntime.binding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * CUDA's libraries (cuBLAS, cuDNN, ...) where the system's loader would not look for them. Each is loaded by its path
 * after what it needs itself: the loader then takes it for whoever needs that name, and no {@code LD_LIBRARY_PATH} is
 * needed. What is loaded stays until the process ends. Not thread-safe.
 *
 * @see CudaFolders
 */
final class CudaLibraries {
    /** Without it there are no convolutions. */
    static final String CUDNN = "libcudnn.so.9";

    /** As deep as {@code nvidia/cublas/lib/libcublas.so.12} and {@code nvidia/cu13/lib/x86_64/...} lie. */
    private static final int DEPTH = 5;

    /** By the CUDA runtime that a provider needs: what it looks for by name only when an operator wants it. */
    private static final Map<String, List<String>> WANTED_LATER = Map.of("libcudart.so.12",
            List.of("libnvrtc.so.12", CUDNN, "libcufft.so.11"), "libcudart.so.13",
            List.of("libnvrtc.so.13", CUDNN, "libcufft.so.12"));

    private final Map<String, Path> first;
    private final Map<String, Path> last;
    private final Set<String> seen = new HashSet<>();
    private final List<String> missing = new ArrayList<>();

    /**
     * Those of some folders and of all folders in them.
     *
     * @param first are looked into before the system's loader is asked
     * @param last are looked into for what it does not find
     */
    CudaLibraries(List<Path> first, List<Path> last) {
        this.first = filesOf(first);
        this.last = filesOf(last);
    }

    /**
     * What was nowhere.
     *
     * @param needed without which the provider does not load
     * @param wantedLater without which some operators do not run
     */
    record Missing(List<String> needed, List<String> wantedLater) {}

    /**
     * Loads what {@code provider} needs and what it will look for, not itself.
     *
     * @throws IOException if a file cannot be read
     */
    Missing loadFor(Path provider) throws IOException {
        List<String> names = ElfFile.needed(provider);
        for (String name : names) {
            load(name);
        }
        List<String> needed = List.copyOf(missing);
        for (String runtime : names) {
            for (String name : WANTED_LATER.getOrDefault(runtime, List.of())) {
                load(name);
            }
        }
        return new Missing(needed, List.copyOf(missing.subList(needed.size(), missing.size())));
    }

    private void load(String name) throws IOException {
        if (!seen.add(name) || isLoadedFrom(first, name) || isOpened(name) || isLoadedFrom(last, name)) {
            return;
        }
        missing.add(name);
    }

    private boolean isLoadedFrom(Map<String, Path> files, String name) throws IOException {
        Path file = files.get(name);
        if (file == null) {
            return false;
        }
        for (String needed : ElfFile.needed(file)) {
            load(needed);
        }
        return isOpened(file.toString());
    }

    private static boolean isOpened(String nameOrPath) {
        try {
            SymbolLookup.libraryLookup(nameOrPath, Arena.global());
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static Map<String, Path> filesOf(List<Path> folders) {
        Map<String, Path> files = new HashMap<>();
        for (Path folder : folders) {
            try (Stream<Path> found = Files.find(folder, DEPTH,
                    (path, attributes) -> attributes.isRegularFile() && isLibrary(path),
                    FileVisitOption.FOLLOW_LINKS)) {
                found.sorted().forEach(path -> files.putIfAbsent(String.valueOf(path.getFileName()), path));
            } catch (IOException | UncheckedIOException _) {
                // a folder that is not there, or not ours to read, has nothing for us
            }
        }
        return files;
    }

    private static boolean isLibrary(Path path) {
        String name = String.valueOf(path.getFileName());
        return name.startsWith("lib") && name.contains(".so");
    }
}
