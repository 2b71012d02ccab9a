"""Titles as shops write them, in twelve scripts, and queries as shoppers type them. Words are our own; a seed chooses.

A title is made of words of one language, so it is known which titles a query means: those with the words that it stands
for, however they are typed."""
import random

TITLES = 5397

# Language: brands, materials, garments, and what stands behind them. A title has one of each.
LANGUAGES = {
    "english": (["Levi's", "O'Malley", "Rock'n'Roll", "H&M", "Ærø", "North–Star", "Dr. Oak"],
                ["linen", "cotton", "merino wool", "e-textile", "denim", "café-au-lait suede"],
                ["T-shirt", "V-neck jumper", "sweatshirt", "hand-knit cardigan", "trousers", "x-ray jacket"],
                ["5XL", "330 ml", "2-pack", "50cm", "size 7½", "501", "™ edition", "3XL tall"]),
    "spanish": (["Señora Niña", "El Corazón", "Güell"], ["algodón", "lino", "lana", "poliéster"],
                ["camisa", "pantalón", "calcetín", "cinturón"], ["niño", "bebé", "talla 38", "1 kg"]),
    "german": (["Größe & Söhne", "Müller"], ["Leinen", "Baumwolle", "Wildleder"],
               ["Straßenschuh", "Fußballschuh", "Schürze", "Grüne Jacke"], ["Größe 42", "500 g", "für Mädchen"]),
    "french": (["L'Été", "Chloé", "Œuvre"], ["laine", "soie", "coton côtelé"],
               ["robe d'été", "pantalon à pinces", "chemise brodée", "gilet"], ["taille 40", "75 cl", "garçon"]),
    "polish": (["Łódź", "Żabka"], ["wełna", "bawełna", "len"], ["spódnica", "płaszcz", "koszula"], ["żółty", "0,5 l"]),
    "turkish": (["Işık", "İstanbul"], ["pamuk", "yün"], ["gömlek", "ayakkabı", "çorap"], ["kırmızı", "yeşil"]),
    "vietnamese": (["Sài Gòn", "Hà Nội"], ["lụa", "vải lanh"], ["áo sơ mi", "quần dài", "giày"], ["đỏ", "xanh"]),
    "danish": (["Smørrebrød", "Åse"], ["uld", "hør"], ["trøje", "bukser", "kjole"], ["rød", "blå"]),
    "greek": (["Αθηνά", "Ήλιος"], ["λινός", "βαμβάκι", "μαλλί"], ["πουκάμισο", "φόρεμα", "παπούτσια"],
              ["μαύρο", "χρώμα άσπρο"]),
    "russian": (["Ёлка", "Звезда"], ["лён", "хлопок", "шерсть"], ["рубашка", "чёрный свитер", "платье"],
                ["размер 46", "500 мл"]),
    "ukrainian": (["Київ"], ["м'який льон", "бавовна"], ["сорочка", "сукня"], ["зелений", "п’ять пар"]),
    "arabic": (["القاهرة", "إبراهيم"], ["قُطن", "كتان", "صوف"], ["قميص", "فستان", "حذاء"], ["أحمر", "مقاس ٤٢", "أزرق"]),
    "persian": (["تهران"], ["کتان", "پنبه"], ["پیراهن", "کفش", "نیم‌تنه"], ["سایز ۳۸", "آبی"]),
    "hebrew": (["תל אביב", "ג׳ינס"], ["כּותנה", "פשתן", "צמר"], ["חולצה", "שמלה", "נעליים"], ["שחור", "מידה 42"]),
    "hindi": (["दिल्ली"], ["सूती", "ऊन", "रेशम"], ["कमीज़", "साड़ी", "जूते"], ["लाल", "नीला"]),
    "thai": (["สยาม"], ["ผ้าฝ้าย", "ลินิน"], ["เสื้อเชิ้ต", "กางเกง", "รองเท้า"], ["สีแดง", "ไซส์ 42"]),
    "chinese": (["上海"], ["羊毛", "亚麻", "纯棉"], ["毛衣", "衬衫", "运动鞋"], ["红色", "大码", "２件装"]),
    "japanese": (["東京"], ["ウール", "リネン", "綿１００％"], ["Tシャツ", "セーター", "靴", "ﾜﾝﾋﾟｰｽ"], ["赤", "Lサイズ"]),
    "korean": (["서울"], ["면", "린넨", "울"], ["셔츠", "원피스", "운동화"], ["빨강", "사이즈 95"]),
    "armenian": (["Երևան"], ["բամբակ", "բուրդ"], ["վերնաշապիկ", "զգեստ"], ["Կարմիր", "սև"]),
    "georgian": (["თბილისი"], ["ბამბა", "შალი"], ["პერანგი", "კაბა"], ["წითელი", "შავი"]),
}

# What is typed, and the words that it stands for, each as above.
QUERIES = """
levis|Levi's
LEVIS|Levi's
levi's|Levi's
levi’s|Levi's
levi´s|Levi's
levi s|Levi's
levis 501|Levi's,501
501 levis|Levi's,501
Levi's™ 501|Levi's,501
lev|Levi's
omalley|O'Malley
o'malley|O'Malley
o malley|O'Malley
OMALLEY linen|O'Malley,linen
rock n roll|Rock'n'Roll
rocknroll|Rock'n'Roll
rock'n'roll|Rock'n'Roll
rock-n-roll|Rock'n'Roll
rock'nroll|Rock'n'Roll
h&m|H&M
h & m linen|H&M,linen
aero|Ærø
AERO|Ærø
ærø|Ærø
north star|North–Star
northstar|North–Star
north-star|North–Star
dr oak|Dr. Oak
dr. oak|Dr. Oak
oak denim|Dr. Oak,denim
linen|linen
LINEN|linen
line|linen
lin|linen
linen t-sh|linen,T-shirt
tshirt|T-shirt
t-shirt|T-shirt
t shirt|T-shirt
T Shirt|T-shirt
tsh|T-shirt
t-sh|T-shirt
tshirt linen|T-shirt,linen
linen tshirt|T-shirt,linen
linen t shirt 5xl|T-shirt,linen,5XL
vneck|V-neck jumper
v-neck|V-neck jumper
v neck|V-neck jumper
vneck jumper|V-neck jumper
jump|V-neck jumper
sweatsh|sweatshirt
handknit|hand-knit cardigan
hand knit|hand-knit cardigan
hand-knit cardi|hand-knit cardigan
xray jacket|x-ray jacket
x ray|x-ray jacket
merino|merino wool
wool merino|merino wool
merino wool trousers|merino wool,trousers
etextile|e-textile
e textile|e-textile
e-textile|e-textile
cafe|café-au-lait suede
CAFÉ|café-au-lait suede
cafe\u0301|café-au-lait suede
cafeaulait|café-au-lait suede
café au lait|café-au-lait suede
suede|café-au-lait suede
5xl|5XL
5 xl|5XL
5XL|5XL
5x|5XL
330ml|330 ml
330 ml|330 ml
330ML|330 ml
330m|330 ml
2pack|2-pack
2 pack|2-pack
2-pack denim|2-pack,denim
50cm|50cm
50 cm|50cm
3xl|3XL tall
3 xl tall|3XL tall
ｌｉｎｅｎ|linen
señora|Señora Niña
senora nina|Señora Niña
SENORA|Señora Niña
corazon|El Corazón
güell|Güell
guell|Güell
algodon|algodón
ALGODÓN|algodón
poliester|poliéster
pantalon|pantalón
pantalones|
calcetin|calcetín
cinturon lana|cinturón,lana
camisa lino|camisa,lino
camisa nino|camisa,niño
bebe|bebé
1kg|1 kg
talla 38|talla 38
strassenschuh|Straßenschuh
STRASSENSCHUH|Straßenschuh
straßensch|Straßenschuh
Straßenschuh leinen|Straßenschuh,Leinen
fussball|Fußballschuh
muller|Müller
MÜLLER|Müller
mu\u0308ller|Müller
grosse sohne|Größe & Söhne
schurze|Schürze
grune jacke|Grüne Jacke
jacke grüne|Grüne Jacke
für mädchen|für Mädchen
madchen|für Mädchen
500g|500 g
ete gilet|L'Été,gilet
l'été|L'Été
lete|L'Été
chloe|Chloé
oeuvre|Œuvre
ŒUVRE|Œuvre
robe d'ete|robe d'été
robe dete|robe d'été
pantalon a pinces|pantalon à pinces
chemise brodee|chemise brodée
coton cotele|coton côtelé
garcon|garçon
75cl|75 cl
lodz|Łódź
Łódź|Łódź
zabka|Żabka
welna|wełna
bawelna|bawełna
spodnica|spódnica
plaszcz zolty|płaszcz,żółty
isik|Işık
IŞIK|Işık
istanbul|İstanbul
İSTANBUL|İstanbul
gomlek|gömlek
ayakkabi|ayakkabı
corap kirmizi|çorap,kırmızı
yesil|yeşil
sai gon|Sài Gòn
ha noi lua|Hà Nội,lụa
ao so mi|áo sơ mi
quan dai|quần dài
do|đỏ
smorrebrod|Smørrebrød
SMØRREBRØD|Smørrebrød
ase|Åse
troje rod|trøje,rød
bla|blå
λινος|λινός
ΛΙΝΟΣ|λινός
λινός|λινός
λιν|λινός
αθηνα|Αθηνά
ηλιος|Ήλιος
πουκαμισο|πουκάμισο
ΠΟΥΚΑΜΙΣΟ ΛΙΝΟΣ|πουκάμισο,λινός
φορεμα μαυρο|φόρεμα,μαύρο
елка|Ёлка
ЁЛКА|Ёлка
лен|лён
черный свитер|чёрный свитер
рубашка лен|рубашка,лён
РУБАШКА|рубашка
руб|рубашка
500мл|500 мл
размер 46|размер 46
м'який|м'який льон
мякий льон|м'який льон
пять|п’ять пар
київ|Київ
киів|Київ
قطن|قُطن
قميص|قميص
قميص قطن|قميص,قُطن
احمر|أحمر
أحمر|أحمر
ابراهيم|إبراهيم
مقاس 42|مقاس ٤٢
فست|فستان
کتان|کتان
پیراهن|پیراهن
نیم تنه|نیم‌تنه
نیمتنه|نیم‌تنه
38 سایز|سایز ۳۸
ابی|آبی
כותנה|כּותנה
חולצה שחור|חולצה,שחור
ג'ינס|ג׳ינס
גינס|ג׳ינס
कमीज|कमीज़
कमीज़ सूती|कमीज़,सूती
साड़ी|साड़ी
เสื้อ|เสื้อเชิ้ต
เชิ้ต|เสื้อเชิ้ต
กางเกง|กางเกง
ฝ้าย|ผ้าฝ้าย
รองเท้า สีแดง|รองเท้า,สีแดง
毛衣|毛衣
衣|毛衣
羊毛 毛衣|羊毛,毛衣
衬衫|衬衫
鞋|运动鞋
2件|２件装
シャツ|Tシャツ
tシャツ|Tシャツ
Ｔシャツ|Tシャツ
ワンピース|ﾜﾝﾋﾟｰｽ
ﾜﾝﾋﾟｰｽ 赤|ﾜﾝﾋﾟｰｽ,赤
セーター|セーター
リネン|リネン
靴|靴
綿100|綿１００％
셔츠|셔츠
린넨 셔츠|린넨,셔츠
운동|운동화
\u1109\u1167\u110e\u1173|셔츠
վերնաշապիկ|վերնաշապիկ
ԿԱՐՄԻՐ|Կարմիր
პერანგი|პერანგი
ᲞᲔᲠᲐᲜᲒᲘ|პერანგი
წით|წითელი
"""

# What people type, too, and what is not found by it, with the reason.
NOT_FOUND = """
tee shirt|T-shirt|another word: there are no synonyms
shrit|T-shirt|a slip: words are not corrected
linens|linen|a plural: words are not stemmed
lin tshirt|linen,T-shirt|only the last word may be a beginning
sweat shirt|sweatshirt|two words of a title's one: only apostrophes, hyphens and single letters join
schuerze|Schürze|ue for an ü: Unicode takes the dots off and adds nothing
shoe|Straßenschuh|another language
ballschuh|Fußballschuh|the end of a word
원피스린넨|원피스,린넨|Korean writes spaces, and nothing tells where these two words part
الفستان|فستان|an article that is written to the word
รองเท้าสีแดง|รองเท้า,สีแดง|words in another order, without a space: so some of these titles are found
kutsu|靴|another script's sound
"""


def titles(seed=1, count=TITLES):
    """As many titles as that, with the words of which each was made."""
    dice = random.Random(seed)
    languages = list(LANGUAGES)
    for number in range(count):
        words = [dice.choice(part) for part in LANGUAGES[languages[number % len(languages)]]]
        dice.shuffle(words)
        yield " ".join(words), set(words)


def rows(text):
    return [line.split("|") for line in text.strip().splitlines()]


def queries():
    """What is typed, and the words of titles that it stands for; none: no title has it."""
    return [(typed, set(filter(None, words.split(",")))) for typed, words in rows(QUERIES)]


def not_found():
    """What is typed, and the words of titles that it was meant for."""
    return [(typed, set(words.split(","))) for typed, words, _ in rows(NOT_FOUND)]
