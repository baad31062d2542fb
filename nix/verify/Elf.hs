{-# LANGUAGE BangPatterns #-}
{-# LANGUAGE OverloadedStrings #-}

-- | What an object, an archive, a library or a program is made of, without what
-- differs from one clean build to the next.
--
-- GHC takes names from a counter that its threads share (before 9.12 and without
-- @-fobject-determinism@). Measured with two clean builds under @-j2@, three things
-- depend on it, and nothing else: the names of local symbols, in what order the
-- entries of a static reference table stand and where a long one is parted, and with profiling the descriptions of
-- closures. So local symbols are replaced by the place that they name, these entries
-- are sorted, and the names are cut out of the descriptions.
--
-- Of an archive one member at a time is in memory, of a program nothing but itself:
-- a package may have any number of modules.
module Elf (Part, readParts, digestOf) where

import Control.Exception (evaluate)
import Control.Monad (forM_, when)
import Data.Bits (shiftL, shiftR, xor, (.&.))
import qualified Data.ByteString as B
import qualified Data.ByteString.Builder as Builder
import qualified Data.ByteString.Char8 as C
import qualified Data.ByteString.Lazy as Lazy
import qualified Data.ByteString.Unsafe as Unsafe
import Data.Char (isAsciiLower, isAsciiUpper, isDigit)
import Data.Int (Int64)
import Data.List (foldl', sort, sortOn)
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, mapMaybe)
import qualified Data.Set as Set
import Data.Word (Word32, Word64, Word8)
import Foreign.Ptr (castPtr)
import GHC.Fingerprint (Fingerprint (..), fingerprintData, fingerprintFingerprints)
import System.IO (IOMode (..), SeekMode (..), hFileSize, hSeek, withBinaryFile)
import System.IO.Unsafe (unsafePerformIO)
import System.Mem (performMajorGC)

-- | A part with its digest, such as @.text@.
type Part = (String, Fingerprint)

digestOf :: B.ByteString -> Fingerprint
digestOf bytes = unsafePerformIO (Unsafe.unsafeUseAsCStringLen bytes (\(start, size) -> fingerprintData (castPtr start) size))

digestOfAll :: Builder.Builder -> Fingerprint
digestOfAll = digestOf . Lazy.toStrict . Builder.toLazyByteString

-- | The parts of a file and a digest of all its bytes. What is read of it, which may be
-- a piece at a time, is first changed in its place.
readParts :: (B.ByteString -> IO ()) -> FilePath -> IO ([Part], Fingerprint)
readParts change path = withBinaryFile path ReadMode $ \handle -> do
    start <- B.hGet handle (B.length archive)
    if start == archive
        then hFileSize handle >>= readArchive handle . fromIntegral
        else do
            hSeek handle AbsoluteSeek 0
            size <- fromIntegral <$> hFileSize handle
            -- Else what was read of a large file before is still there.
            when (size > 16 * 1024 * 1024) performMajorGC
            bytes <- B.hGet handle size
            change bytes
            forced (partsOf bytes, digestOf bytes)
  where
    -- The members as GNU's @ar@ writes them, without their index. A name of more than
    -- 15 letters stands in a member of its own, and its place there in the header.
    readArchive handle size = go (B.length archive) B.empty [] []
      where
        go at long found digests
            | at + 60 > size = do
                rest <- B.hGet handle (size - at)
                let inside = reverse found
                    names = ("members", foldMap (sized . fst) inside)
                    digest = fingerprintFingerprints (reverse (digestOf rest : digests))
                -- What follows the last member is none.
                let parts = grouped (names : map member inside ++ [("rest", sized rest) | not (B.null rest)])
                forced (parts, digest)
            | otherwise = do
                header <- B.hGet handle 60
                let name = C.dropWhileEnd (== ' ') (B.take 16 header)
                    wanted = maybe 0 fst (C.readInt (C.dropWhile (== ' ') (B.take 10 (B.drop 48 header))))
                    -- A header that says nonsense ends the archive: the rest of it is one member.
                    length_ = if wanted < 0 || wanted > size - at - 60 then size - at - 60 else wanted
                content <- B.hGet handle length_
                change content
                padding <- B.hGet handle (min (length_ `mod` 2) (size - at - 60 - length_))
                (parts, digest) <- forced (partsOf content, digestOf content)
                let !names = if name == "//" then content else long
                    !called = nameOf names name
                    !inside = fingerprintFingerprints (map snd parts)
                    !head_ = digestOf (header <> padding)
                    isIndex = name `elem` ["/", "/SYM64/", "//"]
                    next = at + 60 + length_ + B.length padding
                go next names (if isIndex then found else (called, inside) : found) (digest : head_ : digests)
    member (name, digest) = ("member " ++ C.unpack name, Builder.string7 (show digest))
    nameOf long name = B.copy $ case C.readInt (B.drop 1 name) of
        Just (place, "") | "/" `B.isPrefixOf` name -> C.takeWhile (`notElem` ['/', '\n']) (B.drop place long)
        _ -> C.takeWhile (/= '/') name
    archive = "!<arch>\n"
    -- So that nothing of the bytes is kept.
    forced :: ([Part], Fingerprint) -> IO ([Part], Fingerprint)
    forced (parts, digest) = do
        forM_ parts $ \(name, part) -> evaluate (length name) >> evaluate part
        _ <- evaluate digest
        pure (parts, digest)

-- | The parts of a file that is no archive. One that is no object has one, its content;
-- so has one whose sections are not all in it, or of which nothing is loaded.
partsOf :: B.ByteString -> [Part]
partsOf bytes
    | isElf bytes && hasSections bytes = (if word16 bytes 16 == 1 then objectParts bytes else linkedParts bytes) ++ restOf bytes
    | otherwise = [("content", digestOf bytes)]

-- | Whether the file is made of sections, all of which are in it, and some is loaded.
hasSections :: B.ByteString -> Bool
hasSections bytes = isInside start (64 * countOfSections bytes) && any isLoaded sections && all fits sections
  where
    start = fromIntegral (word64 bytes 40)
    -- The first one is none.
    sections = Map.elems (Map.delete 0 (sectionsOf bytes))
    fits section = isEmpty section || isInside (sectionOffset section) (sectionSize section)
    isInside at size = at >= 64 && size >= 0 && at <= B.length bytes && size <= B.length bytes - at

-- | What no section has: the header without the place of the sections, how a program is
-- loaded, what lies between the sections, where zeros fill up, and what comes after all.
restOf :: B.ByteString -> [Part]
restOf bytes = ("header", digestOfAll (sized (B.take 40 bytes) <> sized (bytesOf segments))) : between ++ after
  where
    (gaps, end) = foldl' gap ([], 0) (sort (filter ((> 0) . snd) (map clamped ((0, 64) : segments : table : map placeOf sections))))
    between = [("between the sections", digestOfAll (foldMap sized filled)) | let filled = [found | found <- map (B.filter (/= 0) . bytesOf) (reverse gaps), not (B.null found)], not (null filled)]
    after = [("after the sections", digestOf rest) | let rest = B.drop end bytes, not (B.null rest)]
    gap (!found, !reached) (at, size) = (if at > reached then (reached, at - reached) : found else found, max reached (at + size))
    bytesOf (at, size) = B.take size (B.drop at bytes)
    sections = filter (not . isEmpty) (Map.elems (Map.delete 0 (sectionsOf bytes)))
    placeOf section = (sectionOffset section, sectionSize section)
    segments = clamped (fromIntegral (word64 bytes 32), word16 bytes 54 * word16 bytes 56)
    table = (fromIntegral (word64 bytes 40), 64 * countOfSections bytes)
    clamped (at, size) = let from = max 0 (min (B.length bytes) at) in (from, max 0 (min size (B.length bytes - from)))

isElf :: B.ByteString -> Bool
isElf bytes = B.length bytes >= 64 && "\DELELF\STX\SOH" `B.isPrefixOf` bytes

-- * Sections and symbols

data Section = Section
    { sectionName :: !B.ByteString
    , sectionKind :: !Word32
    , sectionFlags :: !Word64
    , sectionOffset :: !Int
    , sectionSize :: !Int
    , sectionLink :: !Int
    , sectionInfo :: !Int
    }

sectionsOf :: B.ByteString -> Map.Map Int Section
sectionsOf bytes = Map.fromList [(index, named (raw index)) | index <- [0 .. countOfSections bytes - 1]]
  where
    start = fromIntegral (word64 bytes 40)
    names = raw (case word16 bytes 62 of 0xffff -> sectionLink (raw 0); some -> some)
    named section = section{sectionName = text bytes names (nameOffset section)}
    -- The name's offset, until it is looked up.
    nameOffset section = fromIntegral (word32 (sectionName section) 0)
    raw :: Int -> Section
    raw index =
        let at = start + 64 * index
         in Section
                { sectionName = B.take 4 (B.drop at bytes)
                , sectionKind = word32 bytes (at + 4)
                , sectionFlags = word64 bytes (at + 8)
                , sectionOffset = fromIntegral (word64 bytes (at + 24))
                , sectionSize = fromIntegral (word64 bytes (at + 32))
                , sectionLink = fromIntegral (word32 bytes (at + 40))
                , sectionInfo = fromIntegral (word32 bytes (at + 44))
                }

-- | How many there are, no more than the file has room for. Where they are too many for
-- the header the first one, which is none, has the number as its size.
countOfSections :: B.ByteString -> Int
countOfSections bytes = max 0 (min (B.length bytes `div` 64) count)
  where
    start = fromIntegral (word64 bytes 40) :: Int
    count = case word16 bytes 60 of
        0 | start >= 64 && start <= B.length bytes - 64 -> fromIntegral (word64 bytes (start + 32))
        some -> some

isLoaded, isCompared, isEmpty, isStrings :: Section -> Bool
isStrings section = sectionFlags section .&. 0x30 == 0x30
isLoaded section = sectionFlags section .&. 2 /= 0
isEmpty section = sectionKind section == 8

-- | All that is loaded, and what is not but for debug information and what names local
-- symbols: tables of symbols, their names, and references to either.
isCompared section = isLoaded section || not (sectionKind section `elem` [0, 2, 3, 4, 9, 18, 0x6fff4c03] || isDebug)
  where
    isDebug = any (`B.isPrefixOf` sectionName section) [".debug", ".zdebug"]

contentOf :: B.ByteString -> Section -> B.ByteString
contentOf bytes section
    | isEmpty section = B.empty
    | otherwise = B.take (sectionSize section) (B.drop (sectionOffset section) bytes)

-- | @.text@ of @.text.abc_info@: with split sections the rest is a name.
family :: Section -> String
family section = C.unpack (case B.elemIndex 46 (B.drop 1 name) of Just end -> B.take (end + 1) name; Nothing -> name)
  where
    name = sectionName section

data Symbol = Symbol
    { symbolName :: !B.ByteString
    , symbolIsLocal :: !Bool
    , symbolKind :: !Word8
    -- ^ 3: a section
    , symbolSection :: !Int
    -- ^ 0 and from 0xff00 on: none of this file
    , symbolValue :: !Word64
    , symbolSize :: !Word64
    }

symbolsOf :: B.ByteString -> Map.Map Int Section -> Section -> Map.Map Int Symbol
symbolsOf bytes sections table = Map.fromDistinctAscList [(index, symbolAt bytes sections table index) | index <- indicesOf table]

-- | The indices of the entries of a table of symbols or relocations.
indicesOf :: Section -> [Int]
indicesOf table = [0 .. sectionSize table `div` 24 - 1]

symbolAt :: B.ByteString -> Map.Map Int Section -> Section -> Int -> Symbol
symbolAt bytes sections table index =
    Symbol
        { symbolName = maybe B.empty (\names -> text bytes names (fromIntegral (word32 bytes at))) (Map.lookup (sectionLink table) sections)
        , symbolIsLocal = byteAt bytes (at + 4) < 16
        , symbolKind = byteAt bytes (at + 4) .&. 15
        , symbolSection = word16 bytes (at + 6)
        , symbolValue = word64 bytes (at + 8)
        , symbolSize = word64 bytes (at + 16)
        }
  where
    at = sectionOffset table + 24 * index

isHere :: Symbol -> Bool
isHere symbol = symbolSection symbol > 0 && symbolSection symbol < 0xff00

-- * Objects

-- | What a relocation points to: a place of this file, or a name.
data Target = Place !Int !Int64 | Name !B.ByteString !Int64
    deriving (Eq, Ord)

data Relocation = Relocation {relocationOffset :: !Int, relocationKind :: !Word64, relocationTarget :: !Target}

objectParts :: B.ByteString -> [Part]
objectParts bytes = grouped (map section numbered) ++ grouped (map relocations tables) ++ [("symbols", digestOfAll (foldMap global globals))]
  where
    sections = sectionsOf bytes
    loaded = [entry | entry@(_, found) <- Map.toList sections, isCompared found, sectionKind found /= 4]
    -- The names of split sections hold names of local symbols.
    ordinals = Map.fromList (zip (map fst loaded) [0 ..])
    numbered = [(found, ordinal) | ((_, found), ordinal) <- zip loaded [0 :: Int ..]]
    section (found, ordinal)
        | isStrings found = (family found, Builder.intDec ordinal <> foldMap (sized . description) (B.split 0 (contentOf bytes found)))
        | otherwise = (family found, Builder.intDec ordinal <> Builder.char7 ' ' <> Builder.intDec (sectionSize found) <> sized (contentOf bytes found))
    isProfiled = any (B.isSuffixOf "_ccs" . symbolName) globals
    description = if isProfiled then withoutUnique else id
    -- Where it is does not matter, as a string before it may have another length.
    stringOf symbol = case Map.lookup (symbolSection symbol) sections of
        Just found
            | isHere symbol && isStrings found && symbolKind symbol /= 3 ->
                Just (description (text bytes found (fromIntegral (symbolValue symbol))))
        _ -> Nothing
    symbols = Map.unions [symbolsOf bytes sections found | found <- Map.elems sections, sectionKind found == 2]
    here = Map.fromList [(symbolName symbol, symbol) | symbol <- Map.elems symbols, not (symbolIsLocal symbol), isHere symbol]
    globals = sortOn symbolName [symbol | symbol <- Map.elems symbols, not (symbolIsLocal symbol)]
    global symbol =
        sized (symbolName symbol)
            <> Builder.intDec (if isHere symbol then ordinalOf (symbolSection symbol) else -1)
            <> Builder.char7 ' '
            <> maybe (Builder.word64Dec (if isHere symbol then symbolValue symbol else 0)) sized (stringOf symbol)
            <> Builder.char7 ' '
            <> Builder.word64Dec (symbolSize symbol)
    ordinalOf index = Map.findWithDefault (-2) index ordinals

    tables = [(found, owner) | found <- Map.elems sections, sectionKind found == 4, Just owner <- [Map.lookup (sectionInfo found) sections], isCompared owner]
    relocations (found, owner) =
        ( "references of " ++ family owner
        , Builder.intDec ordinal <> foldMap relocation (withoutOrder ordinal (read_ found))
        )
      where
        ordinal = ordinalOf (sectionInfo found)
    relocation (Relocation offset kind target) =
        Builder.intDec offset <> Builder.char7 ' ' <> Builder.word64Dec kind <> Builder.char7 ' ' <> case target of
            Place index value -> Builder.char7 'P' <> Builder.intDec index <> Builder.char7 ' ' <> Builder.int64Dec value <> Builder.char7 '\n'
            Name name addend -> Builder.char7 'N' <> sized name <> Builder.int64Dec addend <> Builder.char7 '\n'
    read_ found = [entryAt (sectionOffset found + 24 * index) | index <- indicesOf found]
    entryAt at =
        let info = word64 bytes (at + 8)
            addend = fromIntegral (word64 bytes (at + 16)) :: Int64
         in Relocation (fromIntegral (word64 bytes at)) (info .&. 0xffffffff) (targetOf (Map.lookup (fromIntegral (info `shiftR` 32)) symbols) addend)
    targetOf Nothing addend = Name B.empty addend
    targetOf (Just symbol) addend
        | symbolIsLocal symbol, Just string <- stringOf symbol = Name (B.cons 0 string) addend
        | symbolIsLocal symbol && isHere symbol = Place (ordinalOf (symbolSection symbol)) (fromIntegral (symbolValue symbol) + addend)
        | otherwise = Name (symbolName symbol) addend

    -- A static reference table is a closure `stg_SRT_N_info` with N entries, or
    -- the payload of a static function (GHC/Cmm/Info/Build.hs). Constructors are
    -- left alone: the order of their fields counts. The entries of a table come in order,
    -- each at the table's own place.
    withoutOrder ordinal relocated = Map.elems (Map.withoutKeys relocationAt (Set.fromList (concatMap snd (Map.elems tablesAt)))) ++ concatMap contents compared
      where
        relocationAt = Map.fromList [(relocationOffset entry, entry) | entry <- relocated]
        tablesAt = Map.mapMaybe tableAt relocationAt
        tableAt (Relocation offset kind target) =
            let count = entriesOf target
                -- With profiling a cost centre and a word of its use come first.
                begin = if fmap isCostCentre (Map.lookup (offset + 8) relocationAt) == Just True then offset + 24 else offset + 8
                places = [begin + 8 * index | index <- [0 .. count - 1]]
                isWhole = all (\place -> fmap relocationKind (Map.lookup place relocationAt) == Just kind) places
             in if count > 0 && isWhole then Just (isAnonymous target, places) else Nothing
        isAnonymous target = case target of
            Name name 0 -> "stg_SRT_" `B.isPrefixOf` name
            _ -> False
        -- `buildSRTChain` puts more entries than a table may have into several of them, of which each names the next, and
        -- by chance it is this one or that one where an entry is. So the whole chain is one table.
        isFull places = length places == 16
        nextOf places
            | isFull places = [fromIntegral value | Relocation _ _ (Place within value) <- mapMaybe (`Map.lookup` relocationAt) places, within == ordinal, isNext (fromIntegral value)]
            | otherwise = []
        isNext place = fmap fst (Map.lookup place tablesAt) == Just True
        later = Set.fromList (concatMap (nextOf . snd) (Map.elems tablesAt))
        first = Map.withoutKeys tablesAt later
        reached = Set.unions [fst (chain Set.empty [places]) | (_, places) <- Map.elems first]
        -- What no chain comes to is compared by itself, so that nothing is left out.
        compared = Map.toList (Map.union first (Map.restrictKeys tablesAt (later `Set.difference` reached)))
        contents (offset, (_, places)) =
            let (following, entries) = chain Set.empty [places]
                isLink entry = case relocationTarget entry of
                    Place within value -> within == ordinal && Set.member (fromIntegral value) following
                    Name _ _ -> False
             in [entry{relocationOffset = offset} | entry <- sortOn relocationTarget (filter (not . isLink) entries)]
        -- The tables that follow, and the entries of all.
        chain seen [] = (seen, [])
        chain seen (places : waiting) =
            let next = filter (`Set.notMember` seen) (nextOf places)
                (met, entries) = chain (foldr Set.insert seen next) (map snd (mapMaybe (`Map.lookup` tablesAt) next) ++ waiting)
             in (met, mapMaybe (`Map.lookup` relocationAt) places ++ entries)
        isCostCentre entry = case relocationTarget entry of
            Name name _ -> name == "CCS_DONT_CARE" || "_ccs" `B.isSuffixOf` name
            Place _ _ -> False
    entriesOf target = case target of
        Name name 0
            | Just rest <- B.stripPrefix "stg_SRT_" name, Just (count, "_info") <- C.readInt rest -> count
            | Just symbol <- Map.lookup name here -> staticFunction (Map.lookup (symbolSection symbol) sections) (fromIntegral (symbolValue symbol))
        Place ordinal value -> staticFunction (lookup ordinal [(number, found) | (found, number) <- take 64 numbered]) (fromIntegral value)
        Name _ _ -> 0
    -- What a program runs (SHF_EXECINSTR): words of data may happen to look like the layout of a closure.
    isCode found = sectionFlags found .&. 4 /= 0
    -- Before the code of a closure stand its layout (the number of pointers, of
    -- other words), its kind and its table: rts/include/rts/storage/InfoTables.h.
    staticFunction Nothing _ = 0
    staticFunction (Just found) value
        | isCode found && not (isEmpty found) && value >= 16 && value <= sectionSize found && word32 bytes (at + 8) == functionStatic = fromIntegral (word32 bytes at)
        | otherwise = 0
      where
        at = sectionOffset found + value - 16
    -- FUN_STATIC of rts/include/rts/storage/ClosureTypes.h, from GHC 8.4 on.
    functionStatic = 14

-- | @\<unit:Module.name>@ of @\<unit:Module.name_sAb1>@: how a profiled program calls
-- a closure, with a name from the counter.
withoutUnique :: B.ByteString -> B.ByteString
withoutUnique string
    | "<" `B.isPrefixOf` string
    , ">" `B.isSuffixOf` string
    , C.notElem ' ' string
    , C.elem ':' string
    , (before, unique) <- C.breakEnd (== '_') (B.init string)
    , not (B.null before)
    , Just (first, rest) <- C.uncons unique
    , isAsciiLower first || isAsciiUpper first
    , C.all (\c -> isAsciiLower c || isAsciiUpper c || isDigit c) rest =
        before
    | otherwise = string

-- | One part of all that have one name.
grouped :: [(String, Builder.Builder)] -> [Part]
grouped entries = [(name, digestOfAll content) | (name, content) <- Map.toList (Map.fromListWith (flip (<>)) entries)]

-- * Libraries and programs

-- | Here the entries of the tables cannot be told from other data any more, so the
-- words of data are compared as a bag: the objects that they were linked of are
-- compared by themselves. So are references and symbols, whose order is that in which
-- the linker came upon them. The build id is a hash of all the rest.
linkedParts :: B.ByteString -> [Part]
linkedParts bytes = grouped (map part loaded)
  where
    sections = sectionsOf bytes
    loaded = [section | section <- Map.elems sections, isCompared section, sectionName section /= ".note.gnu.build-id"]
    part section = case sectionKind section of
        4 -> ("references", sized (sectionName section) <> bagOf (references section))
        11 -> ("symbols", bagOf (map (digestOfAll . dynamic . symbolAt bytes sections section) (indicesOf section)))
        3 -> ("names", bagOf (map digestOf (B.split 0 (contentOf bytes section))))
        kind
            | kind `elem` ordered -> ("symbols", Builder.intDec (sectionSize section))
            | family section == ".data" -> (".data", sized (sectionName section) <> bagOfWords (contentOf bytes section))
            | otherwise -> (family section, sized (sectionName section) <> Builder.intDec (sectionSize section) <> sized (contentOf bytes section))
    -- Tables in the order of the symbols: hashes (old and GNU's), versions.
    ordered = [5, 0x6ffffff6, 0x6fffffff]
    dynamic symbol = sized (symbolName symbol) <> foldMap Builder.word64Hex [symbolValue symbol, symbolSize symbol] <> Builder.intDec (symbolSection symbol)
    -- The place of a reference is left out: which closure refers to what is seen in the objects.
    references section =
        [ Fingerprint (mix (one + kind)) (mix (two + mix (kind + mix addend)))
        | index <- indicesOf section
        , let at = sectionOffset section + 24 * index
        , let info = word64 bytes (at + 8)
        , let kind = info .&. 0xffffffff
        , let addend = word64 bytes (at + 16)
        , let Fingerprint one two = nameAt (fromIntegral (info `shiftR` 32))
        ]
      where
        -- Most have no name.
        nameAt 0 = noName
        nameAt index = maybe noName (\table -> digestOf (symbolName (symbolAt bytes sections table index))) symbols
        symbols = Map.lookup (sectionLink section) sections
    noName = digestOf B.empty

-- | A digest of things that does not depend on their order.
bagOf :: [Fingerprint] -> Builder.Builder
bagOf = bag . foldl' add (0, 0, 0)
  where
    add (!count, !a, !b) (Fingerprint one two) = (count + 1, a + mix (one + mix two), b + mix (two + 0x632be59bd9b4e019 + mix one))
    bag :: (Int, Word64, Word64) -> Builder.Builder
    bag (count, a, b) = Builder.intDec count <> Builder.char7 ' ' <> Builder.word64Hex a <> Builder.char7 ' ' <> Builder.word64Hex b <> Builder.char7 ' '

-- | The same of words.
bagOfWords :: B.ByteString -> Builder.Builder
bagOfWords content = Builder.intDec count <> Builder.char7 ' ' <> Builder.word64Hex one <> Builder.word64Hex two <> sized (B.drop (count * 8) content)
  where
    count = B.length content `div` 8
    (one, two) = go 0 0 0
    go !index !a !b
        | index == count = (a, b) :: (Word64, Word64)
        | otherwise =
            let row = mix (0x9e3779b97f4a7c15 `xor` word64 content (index * 8))
             in go (index + 1) (a + row) (b + mix (row + 0x632be59bd9b4e019))

mix :: Word64 -> Word64
mix x0 =
    let x1 = (x0 `xor` (x0 `shiftR` 30)) * 0xbf58476d1ce4e5b9
        x2 = (x1 `xor` (x1 `shiftR` 27)) * 0x94d049bb133111eb
     in x2 `xor` (x2 `shiftR` 31)

-- * Reading

-- | Bytes, so that they cannot be taken for others. What is long is not copied.
sized :: B.ByteString -> Builder.Builder
sized bytes
    | B.length bytes > 4096 = Builder.intDec (B.length bytes) <> Builder.char7 '#' <> Builder.string7 (show (digestOf bytes))
    | otherwise = Builder.intDec (B.length bytes) <> Builder.char7 ':' <> Builder.byteString bytes

text :: B.ByteString -> Section -> Int -> B.ByteString
text bytes section offset = B.takeWhile (/= 0) (B.drop (sectionOffset section + offset) bytes)

byteAt :: B.ByteString -> Int -> Word8
byteAt bytes at = fromMaybe 0 (bytes B.!? at)

word16 :: B.ByteString -> Int -> Int
word16 bytes at = fromIntegral (byteAt bytes at) + fromIntegral (byteAt bytes (at + 1)) * 256

word32 :: B.ByteString -> Int -> Word32
word32 bytes at = fromIntegral (word16 bytes at) + fromIntegral (word16 bytes (at + 2)) `shiftL` 16

word64 :: B.ByteString -> Int -> Word64
word64 bytes at = fromIntegral (word32 bytes at) + fromIntegral (word32 bytes (at + 4)) `shiftL` 32
