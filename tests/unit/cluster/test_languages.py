# ruff: noqa: E501  # sentences of other languages, whole
"""Two reports of one event come together and another event stays apart, in each language we name."""

from __future__ import annotations

import pytest

from services.cluster.terms import figure, lexicon, table, tokens, words_of
from tests.unit.cluster.newsroom import article, entries, membership, play

# language → (title, text) of two reports of an earthquake and of one of an election, all invented
NEWS: dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "es": (
        ("Un terremoto de magnitud 6,1 sacude la costa de Valmora", "Los rescatistas buscan supervivientes entre los escombros de una escuela derrumbada en Puerto Ilden tras el terremoto de Valmora."),
        ("Terremoto en Valmora: buscan supervivientes bajo una escuela", "El sismo de magnitud 6,1 derrumbó una escuela en Puerto Ilden; equipos de rescate trabajan entre los escombros."),
        ("El partido de Odalys Ferro gana las elecciones en Brackwater", "Con el 54,3 % de los votos escrutados, la alcaldesa Ferro celebró la victoria ante sus seguidores."),
    ),
    "fr": (
        ("Un séisme de magnitude 6,1 frappe la côte de Valmora", "Les secouristes cherchent des survivants sous les décombres d'une école effondrée à Port-Ilden après le séisme de Valmora."),
        ("Séisme à Valmora : une école effondrée à Port-Ilden", "Les secouristes fouillent les décombres de l'école après la secousse de magnitude 6,1 ; des survivants sont recherchés."),
        ("Odalys Ferro remporte l'élection municipale de Brackwater", "Avec 54,3 % des suffrages dépouillés, la maire sortante a salué ses partisans dans la soirée."),
    ),
    "de": (
        ("Erdbeben der Stärke 6,1 erschüttert die Küste von Valmora", "Rettungskräfte suchen in den Trümmern einer eingestürzten Schule in Port Ilden nach Überlebenden des Erdbebens."),
        ("Nach dem Erdbeben in Valmora: Suche in eingestürzter Schule", "In Port Ilden graben Rettungskräfte in Trümmern nach Überlebenden; das Beben hatte die Stärke 6,1."),
        ("Odalys Ferro gewinnt die Bürgermeisterwahl in Brackwater", "Nach Auszählung von 54,3 Prozent der Stimmen feierte die Amtsinhaberin mit ihren Anhängern."),
    ),
    "pt": (
        ("Terremoto de magnitude 6,1 atinge a costa de Valmora", "Equipes de resgate procuram sobreviventes nos escombros de uma escola que desabou em Porto Ilden após o terremoto."),
        ("Escola desaba em Porto Ilden após terremoto em Valmora", "O tremor de magnitude 6,1 deixou sobreviventes presos nos escombros; as equipes de resgate trabalham sem parar."),
        ("Odalys Ferro vence a eleição municipal em Brackwater", "Com 54,3% dos votos apurados, a prefeita agradeceu aos eleitores num comício."),
    ),
    "ru": (
        ("Землетрясение магнитудой 6,1 произошло у побережья Вальморы", "Спасатели ищут выживших под завалами обрушившейся школы в Порт-Ильдене после землетрясения."),
        ("Землетрясение в Вальморе: школа в Порт-Ильдене обрушилась", "Под завалами школы спасатели продолжают искать выживших; магнитуда толчка составила 6,1."),
        ("Одалис Ферро победила на выборах мэра Бракуотера", "После подсчёта 54,3 процента голосов действующий мэр поблагодарила сторонников."),
    ),
    "ar": (
        ("زلزال بقوة 6.1 درجات يضرب ساحل فالمورا", "رجال الإنقاذ يبحثون عن ناجين تحت أنقاض مدرسة انهارت في بورت إيلدن بعد الزلزال الذي ضرب فالمورا."),
        ("انهيار مدرسة في بورت إيلدن بعد زلزال فالمورا", "فرق الإنقاذ تبحث عن الناجين بين أنقاض المدرسة بعد زلزال بلغت قوته 6.1 درجات."),
        ("أوداليس فيرو تفوز في الانتخابات البلدية في براكووتر", "بعد فرز 54.3 بالمئة من الأصوات شكرت رئيسة البلدية أنصارها مساء الأحد."),
    ),
    "vi": (
        ("Động đất 6,1 độ rung chuyển bờ biển Valmora", "Lực lượng cứu hộ tìm kiếm người sống sót dưới đống đổ nát của một trường học bị sập ở Port Ilden sau trận động đất."),
        ("Trường học sập ở Port Ilden sau động đất Valmora", "Trận động đất 6,1 độ làm sập trường học; lực lượng cứu hộ đào bới đống đổ nát tìm người sống sót."),
        ("Odalys Ferro thắng cử thị trưởng Brackwater", "Với 54,3% số phiếu được kiểm, bà cảm ơn cử tri đã ủng hộ trong chiến dịch."),
    ),
    "sl": (
        ("Potres z magnitudo 6,1 stresel obalo Valmore", "Reševalci iščejo preživele pod ruševinami porušene šole v Port Ildnu po močnem potresu."),
        ("Po potresu v Valmori reševalci iščejo preživele v šoli", "Šola v Port Ildnu se je porušila v potresu z magnitudo 6,1; reševalci kopljejo po ruševinah."),
        ("Odalys Ferro zmagala na županskih volitvah v Brackwatru", "Po preštetih 54,3 odstotka glasov se je županja zahvalila volivcem."),
    ),
    "zh": (
        ("瓦尔莫拉海岸发生6.1级地震", "救援人员在伊尔登港一所倒塌学校的废墟中搜寻地震幸存者。"),
        ("瓦尔莫拉地震:伊尔登港学校倒塌", "6.1级地震造成学校倒塌,救援人员在废墟下搜寻幸存者。"),
        ("奥达利斯赢得布拉克沃特市长选举", "在统计了54.3%的选票之后,现任市长向支持者表示感谢。"),
    ),
    "ja": (
        ("バルモラ沿岸でマグニチュード6.1の地震", "救助隊はイルデン港で倒壊した学校のがれきの中で地震の生存者を捜索している。"),
        ("バルモラ地震、イルデン港の学校が倒壊", "マグニチュード6.1の地震で学校が倒壊し、救助隊ががれきの下の生存者を捜索した。"),
        ("オダリス氏がブラックウォーター市長選で当選", "開票率54.3%の時点で、現職の市長は支持者に感謝の言葉を述べた。"),
    ),
    "th": (
        ("แผ่นดินไหวขนาด 6.1 เขย่าชายฝั่งวัลโมรา", "ทีมกู้ภัยค้นหาผู้รอดชีวิตใต้ซากโรงเรียนที่ถล่มในท่าเรืออิลเดนหลังแผ่นดินไหว"),
        ("โรงเรียนถล่มในอิลเดนหลังแผ่นดินไหววัลโมรา", "แผ่นดินไหวขนาด 6.1 ทำให้โรงเรียนถล่ม ทีมกู้ภัยค้นหาผู้รอดชีวิตใต้ซาก"),
        ("โอดาลิสชนะเลือกตั้งนายกเทศมนตรีแบร็กวอเตอร์", "หลังนับคะแนนร้อยละ 54.3 เธอขอบคุณผู้สนับสนุน"),
    ),
}  # fmt: skip  # a table


@pytest.mark.parametrize("language", NEWS)
def test_one_event_is_one_story_and_another_is_another(language):
    first, second, other = NEWS[language]
    _, changes = play(
        entries(
            [
                article("quake-1", *first, language=language),
                article("vote-1", *other, language=language),
                article("quake-2", *second, language=language),
            ]
        )
    )
    where = membership(changes)
    assert where["quake-1"] == where["quake-2"]
    assert where["vote-1"] != where["quake-1"]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ru", "землетрясения", "землетрясением"),
        ("ar", "المدرسة", "مدرسة"),
        ("sl", "reševalci", "reševalcev"),
        ("de", "Wahlen", "Wahl"),
        ("es", "elecciones", "elección"),
        ("fr", "victimes", "victime"),
        ("pt", "incêndios", "incêndio"),
        ("en", "earthquakes", "earthquake's"),
        # a name's first case and its others
        ("ru", "Песков", "Пескова"),
        ("ru", "Иран", "Иране"),
        ("ru", "саммит", "саммита"),
        ("ru", "Огарёв", "Огаревым"),
        ("sl", "Koper", "Kopra"),
        ("sl", "Novak", "Novaku"),
        ("sl", "Mlakar", "Mlakarjem"),
        ("uk", "Одеса", "Одеси"),
        ("hr", "Plenković", "Plenkovića"),
        # what Arabic writes onto the word
        ("ar", "ترامب", "لترامب"),
        ("ar", "الزلزال", "والزلزال"),
        ("ar", "غزة", "وغزة"),
        ("ar", "إيران", "بايران"),
        # what leans on it
        ("fr", "Union", "l'Union"),
        ("it", "anno", "dell’anno"),
        # two scripts of one language
        ("zh", "慶祝", "庆祝"),
    ],
)
def test_forms_of_a_word_are_one_term(language, one, other):
    words = lexicon(language)
    assert table().ids[words[one]] == table().ids[words[other]] > 0


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ar", "برشلونة", "رشلونة"),  # no word without its first letter: that is no preposition
        ("ar", "وزير", "زير"),
        ("ru", "Песков", "Пекин"),
        ("fr", "aujourd'hui", "hui"),
        ("sl", "Koper", "kopal"),
    ],
)
def test_and_other_words_are_others(language, one, other):
    words = lexicon(language)
    assert table().ids[words[one]] != table().ids[words[other]]


@pytest.mark.parametrize(
    ("language", "form", "word"), [("fr", "l'État", "État"), ("it", "l’Italia", "Italia")]
)
def test_a_word_is_as_common_with_what_leans_on_it(language, form, word):
    words = lexicon(language)
    assert table().priors[words[form]] == table().priors[words[word]] > 0.01


def test_a_rare_form_of_a_common_word_is_common():
    words = lexicon("ru")
    assert table().priors[words["стадионами"]] == table().priors[words["стадион"]] > 0.005


def test_a_vietnamese_name_is_a_word_of_its_own():
    assert words_of("Bão vào Hà Nội, Valmora", "vi", 20) == ["Bão", "vào", "Hà", "Hà Nội", "Nội", "Valmora"]
    words = lexicon("vi")
    assert table().priors[words["Hà Nội"]] < 0.1 * table().priors[words["Hà"]]


def test_chinese_pieces_across_two_words_say_nothing():
    assert words_of("居民抗议", "zh", 20) == ["居民", "抗议"]
    assert words_of("莫拉的地震", "zh", 20) == ["莫拉", "地震"]
    assert words_of("轩休战", "zh", 20) == ["轩休", "休战"]


@pytest.mark.parametrize(
    ("printed", "same"), [("6,1", "6.1"), ("٦", "6"), ("1,200", "1,200"), ("12,345,678", "12,345,678")]
)
def test_a_figure_is_the_same_however_printed(printed, same):
    assert figure(printed) == same


def test_scripts_without_spaces_are_cut_in_short_pieces_and_others_in_words():
    assert tokens("瓦尔莫拉海岸6.1级", 20) == ["瓦尔", "尔莫", "莫拉", "拉海", "海岸", "6.1", "级"]
    assert tokens("Động đất 6,1 độ, l'école 1,200 km", 20) == ["Động", "đất", "6,1", "độ", "l'école", "1,200", "km"]  # fmt: skip  # a row of values


def test_a_language_that_nobody_knows_still_has_stories():
    words = {"a": "gral voth menu thakk silve 6.1 dorn", "b": "pelu ommo raske tinny 54.3 gode ferro"}
    values = [
        article(f"{event}{n}", words[event], " ".join(words[event].split()[::-1]), language="qtz")
        for n in range(2)
        for event in words
    ]
    where = membership(play(entries(values))[1])
    assert where["a0"] == where["a1"] != where["b0"] == where["b1"]
