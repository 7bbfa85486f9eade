#include "names.h"

#include <array>
#include <span>

#include <fmt/format.h>

namespace dossier::generator {

namespace {

struct Spelling {
  std::string_view native;
  std::string_view latin;
};

constexpr Spelling kChineseSurnames[] = {
    {"王", "Wang"},  {"李", "Li"},    {"张", "Zhang"}, {"刘", "Liu"},  {"陈", "Chen"},  {"杨", "Yang"},
    {"赵", "Zhao"},  {"黄", "Huang"}, {"周", "Zhou"},  {"吴", "Wu"},   {"徐", "Xu"},    {"孙", "Sun"},
    {"胡", "Hu"},    {"朱", "Zhu"},   {"高", "Gao"},   {"林", "Lin"},  {"何", "He"},    {"郭", "Guo"},
    {"马", "Ma"},    {"罗", "Luo"},   {"梁", "Liang"}, {"宋", "Song"}, {"郑", "Zheng"}, {"谢", "Xie"},
    {"韩", "Han"},   {"唐", "Tang"},  {"冯", "Feng"},  {"于", "Yu"},   {"董", "Dong"},  {"萧", "Xiao"},
    {"程", "Cheng"}, {"曹", "Cao"},   {"袁", "Yuan"},  {"邓", "Deng"}, {"许", "Xu"},    {"傅", "Fu"},
    {"沈", "Shen"},  {"曾", "Zeng"},  {"彭", "Peng"},  {"吕", "Lü"}};
constexpr Spelling kChineseSyllables[] = {
    {"伟", "wei"},  {"芳", "fang"},  {"娜", "na"},   {"敏", "min"},  {"静", "jing"},  {"强", "qiang"},
    {"磊", "lei"},  {"军", "jun"},   {"洋", "yang"}, {"勇", "yong"}, {"艳", "yan"},   {"杰", "jie"},
    {"娟", "juan"}, {"涛", "tao"},   {"明", "ming"}, {"超", "chao"}, {"秀", "xiu"},   {"霞", "xia"},
    {"平", "ping"}, {"刚", "gang"},  {"桂", "gui"},  {"英", "ying"}, {"华", "hua"},   {"玉", "yu"},
    {"兰", "lan"},  {"文", "wen"},   {"建", "jian"}, {"国", "guo"},  {"志", "zhi"},   {"海", "hai"},
    {"春", "chun"}, {"红", "hong"},  {"晓", "xiao"}, {"东", "dong"}, {"林", "lin"},   {"云", "yun"},
    {"峰", "feng"}, {"宇", "yu"},    {"天", "tian"}, {"子", "zi"},   {"长", "chang"}, {"白", "bai"},
    {"山", "shan"}, {"江", "jiang"}, {"河", "he"},   {"安", "an"},   {"宁", "ning"},  {"永", "yong"},
    {"清", "qing"}, {"丰", "feng"},  {"新", "xin"},  {"阳", "yang"}, {"南", "nan"},   {"北", "bei"},
    {"西", "xi"},   {"大", "da"},    {"和", "he"},   {"庆", "qing"}, {"龙", "long"},  {"金", "jin"}};
constexpr Spelling kKoreanSurnames[] = {{"김", "Kim"},   {"이", "Yi"},   {"박", "Pak"},  {"최", "Ch’oe"},
                                        {"정", "Chŏng"}, {"강", "Kang"}, {"조", "Cho"},  {"윤", "Yun"},
                                        {"장", "Chang"}, {"임", "Im"},   {"한", "Han"},  {"오", "O"},
                                        {"서", "Sŏ"},    {"신", "Sin"},  {"권", "Kwŏn"}, {"황", "Hwang"},
                                        {"안", "An"},    {"송", "Song"}, {"류", "Ryu"},  {"홍", "Hong"}};
constexpr Spelling kKoreanSyllables[] = {
    {"민", "min"},   {"서", "sŏ"},    {"준", "chun"}, {"지", "chi"},   {"영", "yŏng"},  {"수", "su"},
    {"현", "hyŏn"},  {"정", "chŏng"}, {"호", "ho"},   {"진", "chin"},  {"철", "ch’ŏl"}, {"성", "sŏng"},
    {"경", "kyŏng"}, {"은", "ŭn"},    {"미", "mi"},   {"혜", "hye"},   {"재", "chae"},  {"동", "tong"},
    {"일", "il"},    {"남", "nam"},   {"용", "yong"}, {"명", "myŏng"}, {"숙", "suk"},   {"희", "hŭi"},
    {"란", "ran"},   {"옥", "ok"},    {"순", "sun"},  {"광", "kwang"}, {"혁", "hyŏk"},  {"태", "t’ae"},
    {"산", "san"},   {"천", "ch’ŏn"}, {"양", "yang"}, {"원", "wŏn"},   {"주", "chu"},   {"강", "kang"},
    {"하", "ha"},    {"나", "na"},    {"도", "to"},   {"라", "ra"}};
constexpr Spelling kCyrillicFirst[] = {
    {"Алексей", "Aleksei"}, {"Борис", "Boris"},     {"Виктор", "Viktor"},    {"Григорий", "Grigorii"},
    {"Дмитрий", "Dmitrii"}, {"Евгений", "Evgenii"}, {"Иван", "Ivan"},        {"Константин", "Konstantin"},
    {"Леонид", "Leonid"},   {"Максим", "Maksim"},   {"Николай", "Nikolai"},  {"Олег", "Oleg"},
    {"Павел", "Pavel"},     {"Роман", "Roman"},     {"Сергей", "Sergei"},    {"Тимофей", "Timofei"},
    {"Фёдор", "Fiodor"},    {"Юрий", "Iurii"},      {"Ярослав", "Iaroslav"}, {"Кирилл", "Kirill"}};
constexpr Spelling kCyrillicPatronymic[] = {
    {"Алексеевич", "Alekseevich"}, {"Борисович", "Borisovich"}, {"Викторович", "Viktorovich"},
    {"Дмитриевич", "Dmitrievich"}, {"Иванович", "Ivanovich"},   {"Леонидович", "Leonidovich"},
    {"Николаевич", "Nikolaevich"}, {"Олегович", "Olegovich"},   {"Павлович", "Pavlovich"},
    {"Романович", "Romanovich"},   {"Сергеевич", "Sergeevich"}, {"Юрьевич", "Iurevich"}};
constexpr Spelling kCyrillicStem[] = {
    {"Иван", "Ivan"},     {"Петр", "Petr"},   {"Смирн", "Smirn"},   {"Кузнец", "Kuznets"},
    {"Попов", "Popov"},   {"Лебед", "Lebed"}, {"Морозк", "Morozk"}, {"Волк", "Volk"},
    {"Соловь", "Solov"},  {"Васил", "Vasil"}, {"Зайц", "Zaits"},    {"Голуб", "Golub"},
    {"Виногр", "Vinogr"}, {"Бел", "Bel"},     {"Тарас", "Taras"},   {"Жук", "Zhuk"},
    {"Степан", "Stepan"}, {"Орл", "Orl"},     {"Макар", "Makar"},   {"Захар", "Zakhar"},
    {"Щерб", "Shcherb"},  {"Гриш", "Grish"},  {"Калин", "Kalin"},   {"Медвед", "Medved"}};
constexpr Spelling kCyrillicEnd[] = {
    {"ов", "ov"}, {"ин", "in"}, {"ский", "skii"}, {"енко", "enko"}, {"ук", "uk"}};
constexpr Spelling kCyrillicSyllables[] = {
    {"во", "vo"},   {"ра", "ra"},  {"ни", "ni"},  {"ста", "sta"}, {"про", "pro"}, {"го", "go"},  {"ка", "ka"},
    {"мо", "mo"},   {"ле", "le"},  {"но", "no"},  {"при", "pri"}, {"да", "da"},   {"ту", "tu"},  {"зе", "ze"},
    {"бор", "bor"}, {"жи", "zhi"}, {"ча", "cha"}, {"пре", "pre"}, {"лю", "liu"},  {"вет", "vet"}};
constexpr Spelling kArabicFirst[] = {
    {"محمد", "Muhammad"}, {"أحمد", "Ahmad"},  {"علي", "Ali"},     {"حسن", "Hasan"},       {"حسين", "Husayn"},
    {"عمر", "Umar"},      {"خالد", "Khalid"}, {"يوسف", "Yusuf"},  {"إبراهيم", "Ibrahim"}, {"سعيد", "Said"},
    {"فاطمة", "Fatima"},  {"مريم", "Maryam"}, {"عائشة", "Aisha"}, {"ليلى", "Layla"},      {"زينب", "Zaynab"},
    {"طارق", "Tariq"},    {"نور", "Nur"},     {"سمير", "Samir"},  {"كريم", "Karim"},      {"جمال", "Jamal"}};
constexpr Spelling kArabicFamily[] = {
    {"المصري", "al-Masri"},   {"الحسيني", "al-Husayni"},  {"الشامي", "al-Shami"}, {"البغدادي", "al-Baghdadi"},
    {"النجار", "al-Najjar"},  {"الخطيب", "al-Khatib"},    {"القاضي", "al-Qadi"},  {"الحداد", "al-Haddad"},
    {"السيد", "al-Sayyid"},   {"الزهراني", "al-Zahrani"}, {"العلي", "al-Ali"},    {"الأنصاري", "al-Ansari"},
    {"التميمي", "al-Tamimi"}, {"الهاشمي", "al-Hashimi"},  {"الفاسي", "al-Fasi"},  {"العمري", "al-Umari"}};
constexpr Spelling kArabicSyllables[] = {
    {"با", "ba"},   {"را", "ra"},  {"من", "min"}, {"دار", "dar"}, {"سل", "sal"}, {"حم", "ham"}, {"نو", "nu"},
    {"كت", "kat"},  {"فر", "far"}, {"جم", "jam"}, {"عم", "am"},   {"زي", "zi"},  {"طب", "tab"}, {"قد", "qad"},
    {"شر", "shar"}, {"لي", "li"},  {"وا", "wa"},  {"هد", "had"},  {"تا", "ta"},  {"صف", "saf"}};
constexpr Spelling kLatinFirst[] = {
    {"Anna", ""},    {"José", ""},   {"Marie", ""},   {"Jürgen", ""},   {"Zoë", ""},    {"Peter", ""},
    {"Siobhán", ""}, {"Lars", ""},   {"Chloé", ""},   {"Ángel", ""},    {"Ingrid", ""}, {"Mateusz", ""},
    {"Ellen", ""},   {"Thomas", ""}, {"Beatriz", ""}, {"François", ""}, {"Nils", ""},   {"Katarína", ""},
    {"David", ""},   {"Oona", ""},   {"George", ""},  {"Łucja", ""},    {"Henrik", ""}, {"Sofía", ""},
    {"William", ""}, {"Mirela", ""}, {"Paul", ""},    {"Dorothy", ""}};
constexpr Spelling kLatinStem[] = {
    {"Berg", ""},  {"Müll", ""},   {"Fern", ""}, {"Mac", ""},  {"Hend", ""}, {"Petr", ""},  {"Silv", ""},
    {"Thor", ""},  {"Nov", ""},    {"Lind", ""}, {"Gonz", ""}, {"Rich", ""}, {"O’Br", ""},  {"Schn", ""},
    {"Vand", ""},  {"Wals", ""},   {"Koz", ""},  {"Carv", ""}, {"Edw", ""},  {"Brown", ""}, {"Jans", ""},
    {"Lefèv", ""}, {"Strand", ""}, {"Holm", ""}, {"Grün", ""}, {"Sant", ""}};
constexpr Spelling kLatinEnd[] = {{"son", ""},   {"er", ""},  {"ez", ""}, {"ini", ""},  {"ard", ""},
                                  {"ström", ""}, {"ien", ""}, {"ak", ""}, {"alho", ""}, {"wood", ""}};
constexpr Spelling kLatinSyllables[] = {
    {"ter", ""},  {"con", ""}, {"ver", ""}, {"sta", ""}, {"mon", ""},  {"lec", ""}, {"pro", ""}, {"na", ""},
    {"tion", ""}, {"ing", ""}, {"al", ""},  {"re", ""},  {"ment", ""}, {"por", ""}, {"dis", ""}, {"ci", ""},
    {"vil", ""},  {"ger", ""}, {"um", ""},  {"ous", ""}, {"fra", ""},  {"bel", ""}, {"hö", ""},  {"qué", ""}};

// Endings of place names by level (country, province, city, town), kinds of organisation, ranks of posts.
constexpr Spelling kPlaceEnd[kCultures][4] = {
    {{"land", "land"}, {"shire", "shire"}, {" City", " City"}, {"ton", "ton"}},
    {{"国", " State"}, {"省", " Province"}, {"市", " City"}, {"县", " County"}},
    {{"국", " State"}, {"도", " Province"}, {"시", " City"}, {"군", " County"}},
    {{"ия", "iia"}, {"ская область", "skaia Oblast"}, {"град", "grad"}, {"ка", "ka"}},
    {{"ستان", "stan"}, {"ية", "iyya"}, {" المدينة", " al-Madina"}, {" القرية", " al-Qarya"}}};
constexpr Spelling kOrganisation[kCultures][6] = {{{"Department of Public Security", ""},
                                                   {"City Council", ""},
                                                   {"Ministry of Transport", ""},
                                                   {"University", ""},
                                                   {"Port Authority", ""},
                                                   {"Daily Herald", ""}},
                                                  {{"公安厅", " Public Security Department"},
                                                   {"人民代表大会", " People’s Congress"},
                                                   {"交通局", " Transport Bureau"},
                                                   {"大学", " University"},
                                                   {"海关", " Customs"},
                                                   {"日报", " Daily"}},
                                                  {{"보안국", " Security Bureau"},
                                                   {"인민위원회", " People’s Committee"},
                                                   {"철도국", " Railway Bureau"},
                                                   {"대학교", " University"},
                                                   {"무역회사", " Trading Company"},
                                                   {"신문", " News"}},
                                                  {{" управление внутренних дел", " Interior Directorate"},
                                                   {" городской совет", " City Council"},
                                                   {" министерство путей сообщения", " Ministry of Railways"},
                                                   {" университет", " University"},
                                                   {" таможня", " Customs"},
                                                   {" вестник", " Herald"}},
                                                  {{" مديرية الأمن", " Security Directorate"},
                                                   {" مجلس المدينة", " City Council"},
                                                   {" وزارة النقل", " Ministry of Transport"},
                                                   {" جامعة", " University"},
                                                   {" هيئة الموانئ", " Port Authority"},
                                                   {" صحيفة", " Gazette"}}};
constexpr Spelling kPost[kCultures][6] = {{{"Head of ", ""},
                                           {"Deputy Head of ", ""},
                                           {"Secretary of ", ""},
                                           {"Spokesperson of ", ""},
                                           {"Inspector of ", ""},
                                           {"Treasurer of ", ""}},
                                          {{"厅长", "Head, "},
                                           {"副厅长", "Deputy Head, "},
                                           {"秘书长", "Secretary-General, "},
                                           {"发言人", "Spokesperson, "},
                                           {"督察", "Inspector, "},
                                           {"主任", "Director, "}},
                                          {{"국장", "Head, "},
                                           {"부국장", "Deputy Head, "},
                                           {"비서", "Secretary, "},
                                           {"대변인", "Spokesperson, "},
                                           {"감독", "Inspector, "},
                                           {"위원장", "Chair, "}},
                                          {{"начальник: ", "Head, "},
                                           {"заместитель начальника: ", "Deputy Head, "},
                                           {"секретарь: ", "Secretary, "},
                                           {"представитель: ", "Spokesperson, "},
                                           {"инспектор: ", "Inspector, "},
                                           {"директор: ", "Director, "}},
                                          {{"رئيس ", "Head, "},
                                           {"نائب رئيس ", "Deputy Head, "},
                                           {"أمين ", "Secretary, "},
                                           {"متحدث باسم ", "Spokesperson, "},
                                           {"مفتش ", "Inspector, "},
                                           {"مدير ", "Director, "}}};

const Spelling& pick(std::span<const Spelling> list, Random& random) {
  return list[random.below(list.size())];
}

std::span<const Spelling> syllables(Culture culture) {
  switch (culture) {
    case Culture::latin:
      return kLatinSyllables;
    case Culture::chinese:
      return kChineseSyllables;
    case Culture::korean:
      return kKoreanSyllables;
    case Culture::cyrillic:
      return kCyrillicSyllables;
    case Culture::arabic:
      break;
  }
  return kArabicSyllables;
}

void append(Name& name, const Spelling& spelling) {
  name.native += spelling.native;
  name.latin += spelling.latin.empty() ? spelling.native : spelling.latin;
}

void append(Name& name, std::string_view both) {
  name.native += both;
  name.latin += both;
}

// Makes the first letter of an ASCII word a capital.
void capitalise(std::string& word, std::size_t at) {
  if (at < word.size() && word[at] >= 'a' && word[at] <= 'z')
    word[at] = static_cast<char>(word[at] - 'a' + 'A');
}

}  // namespace

std::string_view language(Culture culture, Random& random) {
  static constexpr std::string_view kLatin[] = {"en", "en", "en", "de", "fr", "es", "pl", "pt-BR"};
  switch (culture) {
    case Culture::latin:
      return kLatin[random.below(std::size(kLatin))];
    case Culture::chinese:
      return "zh";
    case Culture::korean:
      return "ko";
    case Culture::cyrillic:
      return "ru";
    case Culture::arabic:
      break;
  }
  return "ar";
}

std::string_view latin_tag(Culture culture) {
  static constexpr std::array<std::string_view, kCultures> kTags = {"en", "zh-Latn", "ko-Latn", "ru-Latn",
                                                                    "ar-Latn"};
  return kTags[static_cast<std::size_t>(culture)];
}

void person_name(Culture culture, Random& random, Name& name) {
  name.native.clear();
  name.latin.clear();
  switch (culture) {
    case Culture::latin:
      append(name, pick(kLatinFirst, random));
      append(name, " ");
      if (random.chance(70)) {
        append(name, pick(kLatinFirst, random));
        append(name, " ");
      }
      append(name, pick(kLatinStem, random));
      append(name, pick(kLatinEnd, random));
      return;
    case Culture::chinese:
    case Culture::korean: {
      const bool chinese = culture == Culture::chinese;
      append(name, chinese ? pick(kChineseSurnames, random) : pick(kKoreanSurnames, random));
      name.latin += ' ';
      const std::size_t given = name.latin.size();
      append(name, pick(syllables(culture), random));
      capitalise(name.latin, given);
      if (random.chance(90)) {
        if (!chinese) name.latin += '-';
        append(name, pick(syllables(culture), random));
      }
      return;
    }
    case Culture::cyrillic: {
      append(name, pick(kCyrillicFirst, random));
      append(name, " ");
      append(name, pick(kCyrillicPatronymic, random));
      append(name, " ");
      append(name, pick(kCyrillicStem, random));
      append(name, pick(kCyrillicEnd, random));
      if (random.chance(50)) {
        append(name, "-");
        append(name, pick(kCyrillicStem, random));
        append(name, pick(kCyrillicEnd, random));
      }
      return;
    }
    case Culture::arabic:
      append(name, pick(kArabicFirst, random));
      append(name, Spelling{" بن ", " bin "});
      append(name, pick(std::span(kArabicFirst).first(10), random));
      if (random.chance(80)) {
        append(name, Spelling{" بن ", " bin "});
        append(name, pick(std::span(kArabicFirst).first(10), random));
        append(name, " ");
        append(name, pick(kArabicFirst, random));
      }
      append(name, " ");
      append(name, pick(kArabicFamily, random));
      return;
  }
}

void place_name(Culture culture, Random& random, unsigned level, Name& name) {
  name.native.clear();
  name.latin.clear();
  const std::uint64_t count = 2 + random.below(culture == Culture::chinese ? 1 : 2);
  for (std::uint64_t i = 0; i < count; ++i) append(name, pick(syllables(culture), random));
  capitalise(name.latin, 0);
  if (culture == Culture::latin) name.native = name.latin;
  append(name, kPlaceEnd[static_cast<std::size_t>(culture)][level]);
}

void organisation_name(Culture culture, Random& random, const Name& place, Name& name) {
  name = place;
  const Spelling& kind = pick(kOrganisation[static_cast<std::size_t>(culture)], random);
  if (culture == Culture::latin) append(name, " ");
  append(name, kind);
  if (random.chance(50)) append(name, fmt::format(" {}", 1 + random.below(99)));
}

void post_name(Culture culture, Random& random, const Name& organisation, Name& name) {
  const Spelling& rank = pick(kPost[static_cast<std::size_t>(culture)], random);
  const bool rank_last = culture == Culture::chinese || culture == Culture::korean;
  name.native = rank_last ? organisation.native : std::string(rank.native);
  name.native += rank_last ? rank.native : std::string_view(organisation.native);
  name.latin = rank.latin.empty() ? rank.native : rank.latin;
  name.latin += organisation.latin;
}

void text(Culture culture, Random& random, std::size_t words, std::string& out) {
  const std::span<const Spelling> list = syllables(culture);
  for (std::size_t i = 0; i < words; ++i) {
    // The rank of a word is log-uniform: the share of rank r falls as 1 / r.
    const std::uint64_t octave = random.below(12);
    const std::uint64_t rank =
        (std::uint64_t{1} << octave) + (random.next() & ((std::uint64_t{1} << octave) - 1));
    std::uint64_t bits = Random::mix(rank);
    const std::uint64_t count = 1 + (bits & 1) + (octave > 5 ? 1 : 0);
    if (i != 0 && culture != Culture::chinese) out += ' ';
    for (std::uint64_t k = 0; k < count; ++k) {
      bits >>= 8;
      out += list[((bits & 0xff) * list.size()) >> 8].native;
    }
    if (culture == Culture::chinese && i + 1 < words && random.below(8) == 0) out += "，";
  }
}

}  // namespace dossier::generator
