"""The words the sketcher knows, as tables: what each draws, where it stands, which mood it brings.

To teach it a thing: draw it in `art/`, then add one row here.
"""

from __future__ import annotations

from typing import NamedTuple

from .art.animals import ANIMALS
from .art.more_animals import MORE_ANIMALS
from .art.more_things import MORE_THINGS
from .art.nature import NATURE
from .art.people import PEOPLE
from .art.things import THINGS
from .art.vehicles import VEHICLES
from .colours import RGB, rgb

ART: dict[str, str] = {**ANIMALS, **MORE_ANIMALS, **NATURE, **PEOPLE, **THINGS, **MORE_THINGS, **VEHICLES}


class Thing(NamedTuple):
    """How a drawing is used: where it belongs, how large alone in the frame, in which colours."""

    art: str
    where: str  # ground, water, air, table
    size: float  # share of the page's shorter side for the drawing's 100 units
    place: str  # the scenery it brings when the prompt names none
    main: RGB | None  # None: taken from the palette
    second: RGB | None


# art | where size place main second | words ("-" leaves the colour to the palette)
_THINGS = """
cat | ground .56 room d98a4a - | cat kitten kitty feline
dog | ground .56 field b98352 6d4a35 | dog puppy corgi retriever husky terrier beagle poodle dachshund
fox | ground .54 forest d9702f - | fox
wolf | ground .56 snow 8a929c - | wolf coyote
bear | ground .60 forest 8a5f43 - | bear grizzly teddy cub
panda | ground .58 forest f1eee6 - | panda
panda | ground .58 forest c4633a - | red_panda
rabbit | ground .48 field c9b39c - | rabbit bunny hare
mouse | ground .46 field a79c98 - | mouse rat hamster squirrel chipmunk hedgehog
koala | ground .54 forest 9aa3ab - | koala
monkey | ground .56 forest 9a6a45 - | monkey ape gorilla chimpanzee
lion | ground .58 field dba552 a9662f | lion lioness
tiger | ground .58 forest e58b35 - | tiger leopard cheetah jaguar panther
pig | ground .52 field eeb0a8 - | pig piglet boar
owl | ground .54 forest 8f6a4c - | owl
penguin | ground .52 snow - - | penguin puffin
bird | ground .44 field 4f83b8 - | bird robin sparrow bluebird canary parrot hummingbird crow raven toucan finch
seagull | air .36 sea e9edee - | seagull gull eagle hawk dove pigeon albatross falcon swallow crane
fish | air .50 underwater ee8a45 f3b75a | fish goldfish koi salmon clownfish
whale | water .56 sea 4a7fa8 - | whale dolphin orca
butterfly | air .46 field ea8a3a f6c65b | butterfly moth
bee | air .34 field f1c040 - | bee bumblebee wasp ladybug dragonfly
turtle | ground .48 beach 7c8f52 - | turtle tortoise snail
horse | ground .62 field 8c5a3c - | horse pony stallion mare unicorn donkey zebra
deer | ground .60 forest b07a4c - | deer stag doe elk moose reindeer antelope gazelle
cow | ground .58 field f1ebe0 4a3a34 | cow bull ox calf buffalo bison
elephant | ground .62 field 8f99a6 - | elephant rhino rhinoceros hippo mammoth
sheep | ground .50 field f1ece0 - | sheep lamb goat llama alpaca
dragon | ground .66 mountain 4f9a72 e6c46a | dragon dinosaur lizard gryphon griffin
camel | ground .62 desert cf9d5f - | camel dromedary
giraffe | ground .74 field e3b04f 9a6234 | giraffe
duck | water .46 lake f0c744 - | duck swan goose duckling chicken chick rooster hen flamingo heron
frog | ground .46 forest 6fae4a - | frog toad
octopus | air .54 underwater d9655f - | octopus squid jellyfish
crab | ground .46 beach d9503f - | crab lobster
shark | air .58 underwater 6f8fa6 - | shark
snake | ground .50 forest 6f9a4a 3f5f34 | snake serpent worm caterpillar
mountain | ground .56 mountain 6a7f9c - | matterhorn
tree | ground .66 field - - | tree oak maple willow apple_tree bonsai elm
tree | ground .66 field efadc0 - | cherry_blossom cherry_blossom_tree cherry_tree sakura
bear | ground .60 snow f1efe8 - | polar_bear
sailboat | water .62 sea 5a4234 - | pirate_ship tall_ship galleon
pine | ground .66 snow - - | pine pine_tree fir fir_tree spruce christmas_tree conifer cedar
palm | ground .70 beach - - | palm palm_tree coconut_tree
flower | ground .52 field e77a9c - | flower floral daisy blossom poppy lily orchid peony lotus wildflower iris dahlia
rose | ground .54 studio cc3f55 - | rose
tulip | ground .52 field e2564f - | tulip
sunflower | ground .56 field f2bd35 - | sunflower
mushroom | ground .50 forest d1463b - | mushroom toadstool fungus
cactus | ground .56 desert - - | cactus succulent agave
leaf | ground .54 studio 5f9a55 - | leaf fern foliage
sun | air .40 sky f6bd45 - | sunshine
moon | air .44 nightsky f3e6b5 - | crescent crescent_moon
star | air .40 nightsky f3c14b - | star starfish
cloud | air .40 sky f2f5f7 - | cloudlet
rainbow | air .60 field - - | rainbow
rock | ground .42 mountain 8d8f93 - | rock stone boulder
wave | water .60 sea 3f8fb8 - | tsunami great_wave surf
apple | table .46 table cf4038 - | apple
pear | table .48 table b9bd4d - | pear mango papaya
orange | table .44 table f0913a - | orange lemon lime grapefruit tangerine citrus peach
strawberry | table .46 table d93e45 - | strawberry raspberry berry
cherry | table .46 table c4303f - | cherry
pumpkin | table .48 field e5832f - | pumpkin jack-o-lantern squash
avocado | table .46 studio 4f6b35 - | avocado
man | ground .70 street 4a6fa0 3f4658 | man person boy guy worker chef doctor farmer teacher pilot businessman king
man | ground .70 street 4a6fa0 3f4658 | prince player runner dancer soldier hiker superhero hero grandfather elder
man | ground .70 street 4a6fa0 3f4658 | people human father detective musician fisherman policeman fireman postman
man | ground .70 street 4a6fa0 3f4658 | sailor cowboy pirate monk priest carpenter gardener surgeon scientist waiter
woman | ground .70 street c9525f - | woman girl lady queen princess bride ballerina mother nurse dress goddess
woman | ground .70 street c9525f - | actress grandmother heroine
child | ground .62 field e0923f 4f6f9a | child kid baby toddler schoolboy
portrait | table .92 studio 4f7f8f - | portrait headshot face bust selfie
portraitman | table .92 studio 46586f - | gentleman
portraitbeard | table .92 studio 46586f - | greybeard graybeard
astronaut | ground .68 space e0653f 5f8fd0 | astronaut cosmonaut spaceman diver
robot | ground .62 studio d1583f - | robot android cyborg droid mech
wizard | ground .68 nightsky 4a4f9a - | wizard witch sorcerer mage magician gnome
knight | ground .68 castlefield b23f45 - | knight warrior samurai viking armor
ghost | ground .56 nightsky - - | ghost spirit phantom monster spook
skull | table .54 studio - - | skull skeleton
snowman | ground .60 snow c9453f - | snowman
cup | table .46 table d9694a - | cup mug coffee tea latte cappuccino espresso cocoa
teapot | table .48 table 5a8f94 - | teapot tea_pot kettle pot
bottle | table .60 table 4f7f5c - | bottle wine beer jar flask soda potion
perfume | table .54 studio e3a58f 8a5a5f | perfume cosmetics lotion serum fragrance product cream
glass | table .56 table e58b6a - | cocktail glass drink martini juice lemonade
vase | table .66 table 6f86b0 e77a8c | vase bouquet
plant | table .60 room c67b52 - | plant houseplant pot_plant monstera bonsai_tree
book | table .52 table 8a4a4f - | book notebook diary novel
lamp | table .60 room e3b25a - | lamp lantern
chair | table .62 room c98a4a - | chair armchair stool throne
sofa | table .62 room 4f7f86 - | sofa couch bed
clock | table .54 room b5683c - | clock watch compass
camera | table .50 table 4a5560 4f7fb0 | camera
guitar | table .66 studio c9803f - | guitar violin cello ukulele banjo bass
umbrella | ground .60 street d1453f - | umbrella parasol
hat | table .46 studio 8a5f43 d9a62e | hat cap fedora
shoe | table .48 studio d9583f f1ece0 | shoe sneaker boot trainers
gift | table .48 studio c9454f - | gift present box package parcel
candle | table .54 table ece0c6 - | candle
crown | table .48 studio e2b23f c9454f | crown tiara
diamond | table .48 studio 6fc3dc - | diamond gem gemstone crystal jewel ring
heart | air .50 studio dc4557 - | heart love
bulb | table .54 studio f3cf62 - | lightbulb light_bulb bulb idea
gear | air .52 studio 6f8797 - | gear cog settings engine machine
laptop | table .54 room 5a7fb0 - | laptop computer monitor screen
phone | table .58 studio 4f7fc0 - | phone smartphone mobile app
sword | ground .66 studio b23f45 6d4a35 | sword blade dagger katana
key | table .44 studio d9a62e - | key
cake | table .54 table f0a7b5 d9455f | cake cupcake birthday dessert
pizza | table .50 table - - | pizza
burger | table .48 table - - | burger hamburger sandwich cheeseburger
donut | table .46 table ee8fae - | donut doughnut bagel
icecream | table .58 studio f3b6c1 a2dcc0 | ice_cream gelato icecream popsicle
bread | table .46 table - - | bread loaf baguette croissant toast
cheese | table .42 table - - | cheese
bowl | table .52 table 3f7f9a - | bowl ramen soup noodle salad porridge cereal stew curry rice_bowl
ball | ground .22 field - - | ball football soccer soccer_ball volleyball
cart | ground .54 studio 3f7fc0 - | cart shopping_cart
bag | table .54 studio d9703f - | bag handbag shopping_bag tote purse
sushi | table .44 table - - | sushi
sailboat | water .58 sea b5443c - | sailboat boat yacht sail dinghy sailing
ship | water .62 sea c94a3c d9803f | ship steamer cruise ferry vessel tanker submarine
rowboat | water .52 lake a8643c - | rowboat canoe kayak gondola raft fishing_boat
car | ground .58 street c9403a - | car automobile taxi roadster convertible sedan vehicle jeep ferrari porsche supercar
bus | ground .58 street e0923f - | bus van camper minibus tram trolley
truck | ground .60 street 4f7fb0 e9e4d8 | truck lorry firetruck tractor
bicycle | ground .56 street 2f8f86 - | bicycle bike motorcycle scooter motorbike vespa
train | ground .66 field 3f6b52 a93b36 | train locomotive railway subway
plane | air .58 sky d1453f - | plane airplane aeroplane jet aircraft helicopter
rocket | air .60 space d9463f - | rocket spaceship spacecraft shuttle starship missile
ufo | air .54 nightsky 7f8f9f - | ufo flying_saucer alien saucer
hotairballoon | air .56 sky dc5a3f f1b94f | hot_air_balloon air_balloon blimp
balloon | air .50 sky dd4f4a - | balloon kite
house | ground .58 field a8503f 8a5a48 | house cottage cabin home hut farmhouse barn villa shack
castle | ground .68 castlefield b8ab9a 6a5f8a | castle palace fortress chateau kingdom
lighthouse | ground .72 sea c9403a - | lighthouse beacon
windmill | ground .68 field a8503f - | windmill mill
church | ground .62 field 8a6f5c 9a6a55 | church chapel cathedral monastery
tower | ground .76 city 7a6a5c - | tower eiffel eiffel_tower pyramid monument
temple | ground .66 mountain b0453a 7a7f80 | temple pagoda shrine
skyscraper | ground .78 city 4f6f8a - | skyscraper building
tent | ground .52 forest e0853f - | tent campsite camping teepee camp
bridge | ground .80 lake b9503f - | bridge
"""

_PLACES = """
sea | sea ocean waves seascape harbor harbour bay port marina sailing
lake | lake pond river lagoon fjord stream waterfall canal swamp reflection
beach | beach coast shore island seaside tropical tropics seashore coastline cliff
mountain | mountain alps peak volcano everest himalaya canyon summit alpine fuji
forest | forest wood woods woodland jungle rainforest grove woodlands clearing
field | field meadow farm countryside hill garden park prairie savanna savannah grass vineyard valley
field | pasture lavender tuscany lawn picnic
any | landscape scenery nature outdoors countrylife
desert | desert dune sahara oasis cactus_field mars wasteland western
city | city skyline cityscape metropolis downtown urban tokyo york paris london cyberpunk manhattan
street | street road highway alley market village town sidewalk avenue bazaar racetrack
snow | snow arctic ice tundra glacier antarctica snowy iceberg frozen ski
sky | sky cloud cloudscape heaven clouds floating
space | on_the_moon space galaxy planet cosmos universe nebula orbit cosmic solar asteroid milky_way interstellar
room | room interior bedroom kitchen office living_room library cafe workshop attic window fireplace sofa_set
room | restaurant bar gym classroom bathroom indoors shop
studio | studio isolated backdrop plain_background white_background minimalist packshot
table | table desk still_life tabletop counter plate dinner breakfast shelf
underwater | underwater reef coral coral_reef aquarium seabed deep_sea mermaid
abstract | abstract pattern geometric texture wallpaper shapes seamless mandala fractal composition gradient
"""

_MOODS = """
time:morning | sunrise dawn morning daybreak early
time:golden | golden_hour golden_light afternoon warm_light late_afternoon autumn_light honeyed
time:sunset | sunset evening sundown crepuscular
time:dusk | dusk twilight blue_hour gloaming
time:night | night midnight nighttime moonlight moonlit starry dark moon nocturnal stars starlight stary halloween
time:overcast | overcast cloudy gray_sky grey_sky gloomy melancholic bleak
time:storm | storm stormy thunder thunderstorm lightning hurricane tempest dramatic ominous
time:fog | fog foggy mist misty haze hazy ethereal
time:neon | neon cyberpunk synthwave vaporwave retrowave futuristic
time:day | day daylight noon sunny bright sun midday
weather:rain | rain rainy raining downpour drizzle
time:overcast | snowstorm blizzard
weather:snow | snowing snowfall snowstorm blizzard snowflake snowy
weather:fog | fog foggy mist misty
weather:aurora | aurora aurora_borealis northern_lights polar_lights
time:night | aurora aurora_borealis northern_lights polar_lights
face:beard | beard bearded mustache moustache
tiled:tiled | pattern seamless textile
season:autumn | autumn fall_colors fall_leaves october halloween thanksgiving autumnal
season:winter | winter christmas wintry frosty december
season:spring | spring cherry_blossom blossoming sakura
season:summer | summer
act:flying | flying fly flies soaring soars gliding hovering
age:old | old elderly aged senior grandfather grandmother
close:close | closeup close-up macro portrait headshot detailed_portrait
"""

NUMBERS: dict[str, int] = {
    "two": 2, "pair": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 9, "dozen": 9, "several": 4, "many": 7, "flock": 7, "herd": 5, "pack": 4, "group": 4,
    "crowd": 7, "row": 4, "bunch": 5, "family": 3, "few": 3, "stack": 3, "school": 7, "swarm": 8, "fleet": 5,
    "some": 3, "bouquet_of": 5, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9,
}  # fmt: skip
IRREGULAR: dict[str, str] = {
    "men": "man", "women": "woman", "children": "child", "mice": "mouse", "wolves": "wolf", "leaves": "leaf",
    "geese": "bird", "people": "people", "loaves": "loaf", "knives": "sword", "hooves": "horse", "oxen": "ox",
    "glasses": "glass", "bus": "bus", "cactus": "cactus", "cacti": "cactus", "compass": "compass", "fungi": "fungus",
    "christmas": "christmas", "grass": "grass", "dress": "dress", "iris": "iris", "waves": "waves", "canvas": "canvas",
    "foxes": "fox", "dress_shoes": "shoe", "stars": "stars", "clouds": "clouds", "woods": "woods", "lens": "lens",
}  # fmt: skip
_HEADS = "bottle product cream present box package can jar stone crystal"
GENERIC_HEADS = frozenset(_HEADS.split())  # the word before says what it is: "perfume bottle"
_UNDER = "on atop upon riding rides sitting standing perched astride"
UNDER_WORDS = frozenset(_UNDER.split())

# Who comes when a prompt names nobody but a company: drawings and how many of each.
COMPANY: dict[str, dict[str, int]] = {
    "family": {"man": 1, "woman": 1, "child": 1}, "parents": {"man": 1, "woman": 1}, "couple": {"woman": 1, "man": 1},
    "wedding": {"woman": 1, "man": 1}, "friends": {"child": 3}, "crowd": {"man": 5}, "audience": {"man": 5},
    "team": {"man": 4}, "class": {"child": 5}, "classmates": {"child": 4}, "band": {"man": 4},
}  # fmt: skip
# What stands in scenery that would be bare by itself.
FURNITURE: dict[str, tuple[str, ...]] = {"room": ("sofa", "plant"), "table": ("cup", "book")}

# What stands for a place or an hour in an icon that names nothing else.
TOKENS_OF_PLACE: dict[str, str] = {
    "sea": "wave", "lake": "wave", "beach": "palm", "mountain": "mountain", "forest": "pine", "field": "flower",
    "desert": "cactus", "city": "skyscraper", "street": "car", "snow": "snowman", "sky": "cloud", "space": "rocket",
    "room": "lamp", "table": "cup", "underwater": "fish", "any": "mountain", "night": "moon", "day": "sun",
    "rain": "umbrella",
}  # fmt: skip

# Where the rider of each thing sits, in its own 100 units from the top; others carry on their upper edge.
SEATS: dict[str, float] = {
    "sailboat": 78, "rowboat": 84, "ship": 48, "horse": 42, "chair": 58, "sofa": 68, "bicycle": 40, "mushroom": 8,
    "rock": 42, "cloud": 42, "car": 42, "bus": 27, "elephant": 28, "whale": 34, "moon": 70, "turtle": 40, "cow": 38,
    "dragon": 46, "book": 36, "pumpkin": 28, "cake": 26, "bread": 34, "truck": 28, "train": 30, "deer": 45,
    "sheep": 32, "laptop": 20, "ufo": 44, "apple": 26, "house": 20, "gift": 30, "hat": 32, "plane": 42, "donut": 12,
}  # fmt: skip


def _colour(code: str) -> RGB | None:
    return None if code == "-" else rgb(code)


def _things() -> tuple[dict[str, Thing], dict[str, Thing]]:
    by_art: dict[str, Thing] = {}
    by_word: dict[str, Thing] = {}
    for row in _THINGS.strip().splitlines():
        art, use, words = (cell.strip() for cell in row.split("|"))
        where, size, place, main, second = use.split()
        thing = Thing(art, where, float(size), place, _colour(main), _colour(second))
        by_art.setdefault(art, thing)
        by_word |= dict.fromkeys((w.replace("_", " ") for w in words.split()), thing)
    return by_art, by_word


def _rows(table: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in table.strip().splitlines():
        meaning, words = (cell.strip() for cell in row.split("|"))
        for word in words.split():
            found.setdefault(word.replace("_", " "), []).append(meaning)
    return found


BY_ART, SUBJECTS = _things()
PLACES: dict[str, list[str]] = _rows(_PLACES)
MOODS: dict[str, list[str]] = _rows(_MOODS)
